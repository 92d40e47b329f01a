# Pixel classes of every crop.
# reads: crops.zarr, landmarks   writes: parsing-{parsing}-{digest}.zarr


rule parse:
    """Label the pixels of the crops."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        landmarks=ancient(INPUTS.landmarks),
        models=ancient(MODELS.parser),
    output:
        parsing=directory("cache/{dataset}/{crop}/parsing-{parsing}-{digest}.zarr"),
        key="cache/{dataset}/{crop}/parsing-{parsing}-{digest}.key.json",
    log:
        "logs/parse/{dataset}/{crop}/{parsing}-{digest}.log",
    wildcard_constraints:
        digest=r"[0-9a-f]{8}",
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
