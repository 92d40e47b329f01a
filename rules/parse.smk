# Pixel classes of every crop.
# reads: crops.zarr, landmarks   writes: parsing-{parsing}-{digest}.zarr


rule parse:
    """Label the pixels of the crops."""
    input:
        crops=ancient(layout.CROPS),
        landmarks=ancient(INPUTS.landmarks),
        models=ancient(MODELS.parser),
    output:
        parsing=directory(layout.PARSING),
        key=layout.PARSING_KEY,
    log:
        "logs/parse/{dataset}/{crop}/{parsing}-{digest}.log",
    benchmark:
        "logs/parse/{dataset}/{crop}/{parsing}-{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("parsing"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.parse_stage,
    script:
        "../workflow_scripts/parse.py"
