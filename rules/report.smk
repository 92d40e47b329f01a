# One self-contained page with everything.
# reads: metrics.json, plots   writes: report.html


rule report_page:
    """Put the table, the pictures and the provenance on one page."""
    input:
        metrics=RESULTS / "metrics.json",
        plots=INPUTS.plan.pictures(),
    output:
        RESULTS / "report.html",
    log:
        "logs/report/report.log",
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/report.py"
