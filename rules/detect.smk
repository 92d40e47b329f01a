# Face detection in every image.
# reads: manifest.parquet, raw images, the verdict on its split   writes: detections.parquet


rule detect:
    """Detect faces; an image without a face is kept as a row with its status."""
    input:
        manifest=ancient(INPUTS.manifest),
        images=ancient(INPUTS.images),
        models=ancient(MODELS.detector),
        verdict=ancient(INPUTS.verdict),
    output:
        detections=layout.DETECTIONS,
        key=layout.CROP_KEY,
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
