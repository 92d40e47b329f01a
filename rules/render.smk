# The images of synthfaces and their ground truth.
# writes: data/{dataset}-{digest}/images, parsing, truth.parquet


rule render:
    """Render the faces of the built-in dataset."""
    output:
        truth=layout.TRUTH,
        key=layout.RENDERED_KEY,
    log:
        "logs/render/{dataset}-{digest}.log",
    benchmark:
        "logs/render/{dataset}-{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 8
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(60),
    params:
        stage=INPUTS.render,
    script:
        "../workflow_scripts/render.py"
