# Landmarks of every crop.
# reads: crops.zarr   writes: landmarks-{landmarks}-{digest}.zarr


rule landmarks:
    """Place landmarks on the crops."""
    input:
        crops=ancient(layout.CROPS),
        models=ancient(MODELS.landmarker),
    output:
        landmarks=directory(layout.LANDMARKS),
        key=layout.LANDMARKS_KEY,
    log:
        "logs/landmarks/{dataset}/{crop}/{landmarks}-{digest}.log",
    benchmark:
        "logs/landmarks/{dataset}/{crop}/{landmarks}-{digest}.tsv"
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
