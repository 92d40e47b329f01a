# One self-contained page with all results.
# reads: metrics.json, plots   writes: report.html


rule report_page:
    """Put the table, the plots and the provenance on one page."""
    input:
        metrics=ancient(RESULTS / layout.METRICS),
        plots=ancient(RUN.plan.pictures()),
    output:
        page=RESULTS / layout.REPORT,
        made=RUN.plan.made("report"),
    log:
        "logs/report/report.log",
    benchmark:
        "logs/report/report.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/report.py"
