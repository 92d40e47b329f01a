# Audit of whether an anonymizer can see the pixels that it replaces, or labels that it does not declare.
# reads: crops.zarr, landmarks, parsing, posteriors, split, models   writes: measurements/{dataset}/audit-{digest}/…


rule audit:
    """Exchange the pixels that are replaced, and the labels, and measure how much the output changes."""
    input:
        crops=ancient(INPUTS.crops),
        alignment=ancient(INPUTS.alignment),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        flame=ancient(GENERATORS.seen_flame),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
        posteriors=ancient(TEACHERS.seen_posteriors),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.AUDIT,
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
