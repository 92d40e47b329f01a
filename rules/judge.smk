# The feasibility of the settings, given the people, images and labels of a split.
# reads: manifest.parquet, split   writes: feasibility-{digest}.json


rule judge:
    """Name the settings that are infeasible; stop a dataset on which nothing can be measured."""
    input:
        manifest=ancient(INPUTS.manifest),
        split=ancient(INPUTS.split),
    output:
        verdict=layout.VERDICT,
    log:
        "logs/judge/{dataset}-{index}-{digest}.log",
    benchmark:
        "logs/judge/{dataset}-{index}-{digest}.tsv"
    priority: 1
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        stage=INPUTS.judge,
    script:
        "../workflow_scripts/judge.py"
