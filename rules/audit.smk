# Whether an anonymizer can see what it replaces.
# reads: crops.zarr, landmarks, parsing, split, models   writes: measurements/{dataset}/audit/…


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
        RESULTS / "measurements/{dataset}/audit/{backend}/{setting}.json",
    log:
        "logs/audit/{dataset}/{backend}/{setting}.log",
    benchmark:
        "logs/audit/{dataset}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        stage=INPUTS.audit,
    script:
        "../workflow_scripts/audit.py"
