# One row per image: subject, expression and whether it can be read.
# reads: raw images   writes: manifest.parquet; images, for a dataset that comes as a table


rule index:
    """List the images of a dataset; an unreadable file is kept as a row with the reason."""
    input:
        ancient(INPUTS.raw),
    output:
        manifest=layout.MANIFEST,
        key=layout.INDEX_KEY,
        images=directory(layout.IMAGES),
    log:
        "logs/index/{dataset}-{digest}.log",
    benchmark:
        "logs/index/{dataset}-{digest}.tsv"
    # All datasets are judged before anything expensive is computed.
    priority: 1
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(180),
    params:
        stage=INPUTS.index,
    script:
        "../workflow_scripts/index.py"
