# One row an image: who, which expression, whether it can be read.
# reads: raw images   writes: manifest.parquet; images, of a dataset that comes as a table


rule index:
    """List the images of a dataset; a file that cannot be read stays as a row with the reason."""
    input:
        ancient(INPUTS.raw),
    output:
        manifest="cache/{dataset}/index-{digest}/manifest.parquet",
        key="cache/{dataset}/index-{digest}/key.json",
        images=directory("cache/{dataset}/index-{digest}/images"),
    log:
        "logs/index/{dataset}-{digest}.log",
    benchmark:
        "logs/index/{dataset}-{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(60),
    params:
        stage=INPUTS.index,
    script:
        "../workflow_scripts/index.py"
