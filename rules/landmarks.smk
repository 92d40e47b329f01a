# Landmarks of every crop.
# reads: crops.zarr   writes: landmarks-{landmarks}-{digest}.zarr


rule landmarks:
    """Place landmarks on the crops."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        models=ancient(MODELS.landmarker),
    output:
        landmarks=directory(
            "cache/{dataset}/{crop}/landmarks-{landmarks}-{digest}.zarr"
        ),
        key="cache/{dataset}/{crop}/landmarks-{landmarks}-{digest}.key.json",
    log:
        "logs/landmarks/{dataset}/{crop}/{landmarks}-{digest}.log",
    benchmark:
        "logs/landmarks/{dataset}/{crop}/{landmarks}-{digest}.tsv"
    wildcard_constraints:
        digest=r"[0-9a-f]{8}",
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("landmarks"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.landmarks_stage,
    script:
        "../workflow_scripts/landmarks.py"
