# Who trains, who calibrates, who is scored; which images are enrolled.
# reads: manifest.parquet   writes: split-{digest}.parquet


rule split:
    """Draw a subject-disjoint split."""
    input:
        manifest=ancient(INPUTS.manifest),
    output:
        split="cache/{dataset}/index-{index}/split-{digest}.parquet",
        key="cache/{dataset}/index-{index}/split-{digest}.key.json",
    log:
        "logs/split/{dataset}-{index}-{digest}.log",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        stage=INPUTS.draw_split,
    script:
        "../workflow_scripts/split.py"
