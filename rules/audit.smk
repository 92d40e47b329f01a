# Whether an anonymizer can see what it replaces.
# reads: crops.zarr, landmarks, parsing, split, models   writes: measurements/{dataset}/audit-{digest}/…


rule audit:
    """Change the pixels that are replaced, at random, and look whether the output changes."""
    input:
        crops=ancient(INPUTS.crops),
        alignment=ancient(INPUTS.alignment),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
        split=ancient(INPUTS.split),
    output:
        RESULTS / "measurements/{dataset}/audit-{digest}/{backend}/{setting}.json",
    log:
        "logs/audit/{dataset}-{digest}/{backend}/{setting}.log",
    benchmark:
        "logs/audit/{dataset}-{digest}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.audit,
    script:
        "../workflow_scripts/audit.py"
