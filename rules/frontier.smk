# The table and the numbers of the frontier.
# reads: all measurements   writes: frontier.csv, metrics.json, summary.txt


rule frontier:
    """Join all measurements, check the controls, find the Pareto set, the knee and the hypervolume."""
    input:
        measurements=MEASUREMENTS,
        splits=ancient(INPUTS.plan.splits),
    output:
        table=report(RESULTS / "frontier.csv", category="Frontier", caption="../report/table.rst"),
        metrics=RESULTS / "metrics.json",
        summary=RESULTS / "summary.txt",
    log:
        "logs/frontier/frontier.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        stage=INPUTS.whole,
    script:
        "../workflow_scripts/frontier.py"
