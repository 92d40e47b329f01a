# Images of synthfaces and the truth about them.
# writes: data/{dataset}-{digest}/images, parsing, truth.parquet


rule render:
    """Draw the faces of the embedded dataset."""
    output:
        truth="data/{dataset}-{digest}/truth.parquet",
        key="data/{dataset}-{digest}/key.json",
    log:
        "logs/render/{dataset}-{digest}.log",
    benchmark:
        "logs/render/{dataset}-{digest}.tsv"
    wildcard_constraints:
        digest=r"[0-9a-f]{8}",
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
