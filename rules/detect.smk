# Faces of every image.
# reads: manifest.parquet, raw images   writes: detections.parquet


rule detect:
    """Find faces; an image without one stays as a row with its status."""
    input:
        manifest=ancient(INPUTS.manifest),
        images=ancient(INPUTS.images),
        models=ancient(MODELS.detector),
    output:
        detections="cache/{dataset}/{crop}/detections.parquet",
        key="cache/{dataset}/{crop}/key.json",
    log:
        "logs/detect/{dataset}/{crop}.log",
    benchmark:
        "logs/detect/{dataset}/{crop}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=gpu_for("crop"),
        mem_mb=scaled(3000),
        runtime=scaled(120),
    params:
        stage=INPUTS.crop,
    script:
        "../workflow_scripts/detect.py"
