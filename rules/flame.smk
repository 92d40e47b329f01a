# Expression and pose of every face, as the user's own DECA has written them.
# reads: crops.zarr, manifest.parquet, DECA's codes   writes: flame-{digest}.zarr


rule flame:
    """Read the codes of the faces, without those of their shape."""
    input:
        crops=ancient(layout.CROPS),
        manifest=ancient(INPUTS.manifest),
    output:
        flame=directory(layout.FLAME),
        key=layout.FLAME_KEY,
    log:
        "logs/flame/{dataset}/{crop}/{digest}.log",
    benchmark:
        "logs/flame/{dataset}/{crop}/{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(60),
    params:
        stage=GENERATORS.read_flame,
    script:
        "../workflow_scripts/flame.py"
