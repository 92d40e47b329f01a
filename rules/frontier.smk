# The table and the numbers of the frontier.
# reads: all measurements   writes: frontier.csv, frontier.tex, frontier.md, attacks.csv, soft.csv, teachers.csv, significance.csv, training.csv, metrics.json, scores.json, summary.txt


rule frontier:
    """Join all measurements, check the controls, and compute the Pareto set, the knee and the hypervolume."""
    input:
        measurements=ancient(RUN.plan.all_measurements()),
    output:
        table=report(
            RESULTS / layout.TABLE, category="Table", caption="../report/table.rst"
        ),
        tex=RESULTS / layout.TABLE_TEX,
        markdown=RESULTS / layout.TABLE_MD,
        attacks=RESULTS / layout.ATTACKS,
        soft=RESULTS / layout.SOFT_TABLE,
        teachers=RESULTS / layout.TEACHERS_TABLE,
        significance=RESULTS / layout.SIGNIFICANCE_TABLE,
        training=RESULTS / layout.TRAINING_TABLE,
        metrics=RESULTS / layout.METRICS,
        scores=RESULTS / layout.SCORES,
        summary=RESULTS / layout.SUMMARY,
        made=RUN.plan.made("frontier"),
    log:
        "logs/frontier/frontier.log",
    benchmark:
        "logs/frontier/frontier.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.whole,
        models=RUN.plan.model_hashes(),
        limits=RUN.plan.limits(),
        files=[
            str(RESULTS / layout.REPORT),
            *map(str, RUN.plan.pictures()),
            str(RESULTS / layout.FIGURES),
        ],
    script:
        "../workflow_scripts/frontier.py"
