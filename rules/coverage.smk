# The numbers of faces that were detected, anonymized and redetected.
# reads: alignment, split, an anonymized set   writes: measurements/{dataset}/coverage-{digest}/…


rule coverage:
    """Count the faces that the scores are based on."""
    input:
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        anonymized=ancient(INPUTS.anonymized),
        models=ancient(MODELS.redetector),
    output:
        RESULTS / layout.COVERAGE,
    log:
        "logs/coverage/{dataset}-{digest}/{backend}/{setting}.log",
    benchmark:
        "logs/coverage/{dataset}-{digest}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(3000),
        runtime=scaled(30),
    params:
        stage=MEASUREMENTS.coverage,
    script:
        "../workflow_scripts/coverage.py"
