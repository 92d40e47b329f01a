# The table and the numbers of the frontier.
# reads: all measurements   writes: frontier.csv, metrics.json, summary.txt


rule frontier:
    """Join all measurements, check the controls, find the Pareto set, the knee and the hypervolume."""
    input:
        measurements=MEASUREMENTS,
    output:
        table=report(
            RESULTS / "frontier.csv", category="Table", caption="../report/table.rst"
        ),
        metrics=RESULTS / "metrics.json",
        summary=RESULTS / "summary.txt",
    log:
        "logs/frontier/frontier.log",
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.whole,
        models=INPUTS.plan.model_hashes(),
        limits=INPUTS.plan.limits(),
        files=[str(RESULTS / "report.html"), *map(str, INPUTS.plan.pictures())],
    script:
        "../workflow_scripts/frontier.py"
