# The aligned crops that every later stage reads.
# reads: manifest.parquet, alignment.parquet, raw images   writes: crops.zarr


rule crop:
    """Cut every face out of its image."""
    input:
        manifest=ancient(INPUTS.manifest),
        images=ancient(INPUTS.images),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
    output:
        crops=directory("cache/{dataset}/{crop}/crops.zarr"),
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
