# The people for training, calibration and scoring, and the images that are enrolled.
# reads: manifest.parquet   writes: split-{digest}.parquet


rule split:
    """Draw a subject-disjoint split."""
    input:
        manifest=ancient(INPUTS.manifest),
    output:
        split=layout.SPLIT,
        key=layout.SPLIT_KEY,
    log:
        "logs/split/{dataset}-{index}-{digest}.log",
    benchmark:
        "logs/split/{dataset}-{index}-{digest}.tsv"
    # All datasets are judged before anything expensive is computed.
    priority: 1
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        stage=INPUTS.draw_split,
    script:
        "../workflow_scripts/split.py"
