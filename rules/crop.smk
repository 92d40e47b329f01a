# The aligned crops that every later stage reads.
# reads: manifest.parquet, alignment.parquet, raw images   writes: crops.zarr


rule crop:
    """Crop every face from its image."""
    input:
        manifest=ancient(INPUTS.manifest),
        images=ancient(INPUTS.images),
        alignment=ancient(layout.ALIGNMENT),
    output:
        crops=directory(layout.CROPS),
    log:
        "logs/crop/{dataset}/{crop}.log",
    benchmark:
        "logs/crop/{dataset}/{crop}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(60),
    params:
        stage=INPUTS.crop,
    script:
        "../workflow_scripts/crop.py"
