# Age, gender and whatever else a dataset knows of its people, in a table of their own: no key of a crop depends on it.
# reads: manifest.parquet, raw labels   writes: attributes-{digest}.parquet


rule attributes:
    """List the attributes of each image."""
    input:
        manifest=ancient(INPUTS.manifest),
        raw=ancient(INPUTS.raw),
    output:
        attributes=layout.ATTRIBUTES,
        key=layout.ATTRIBUTES_KEY,
    log:
        "logs/attributes/{dataset}-{index}-{digest}.log",
    benchmark:
        "logs/attributes/{dataset}-{index}-{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=INPUTS.list_attributes,
    script:
        "../workflow_scripts/attributes.py"
