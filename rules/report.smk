# One self-contained page with all results.
# reads: metrics.json, plots, all measurements   writes: report.html


rule report_page:
    """Put the answer, the interactive frontier, the table, the plots and the provenance on one page."""
    input:
        metrics=ancient(RESULTS / layout.METRICS),
        plots=ancient(RUN.plan.pictures()),
        measurements=ancient(RUN.plan.all_measurements()),
    output:
        page=report(
            RESULTS / layout.REPORT, category="Report", caption="../report/page.rst"
        ),
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
