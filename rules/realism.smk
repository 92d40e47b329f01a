# The change in the images; a diagnostic, never evidence of privacy.
# reads: crops.zarr, an anonymized set, alignment, split   writes: measurements/{dataset}/realism-{digest}/…


rule realism:
    """Compare one anonymized set with its originals."""
    input:
        crops=ancient(INPUTS.crops),
        anonymized=ancient(INPUTS.anonymized),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.realism),
    output:
        RESULTS / layout.REALISM,
    log:
        "logs/realism/{dataset}-{digest}/{backend}/{setting}.log",
    benchmark:
        "logs/realism/{dataset}-{digest}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.realism,
    script:
        "../workflow_scripts/realism.py"
