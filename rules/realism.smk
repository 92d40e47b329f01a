# How far the pictures moved; a diagnostic, never evidence of privacy.
# reads: crops.zarr, an anonymized set, alignment, split   writes: measurements/{dataset}/realism/…


rule realism:
    """Compare one anonymized set with its originals."""
    input:
        crops=ancient(INPUTS.crops),
        anonymized=ancient(INPUTS.anonymized),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.realism),
    output:
        RESULTS / "measurements/{dataset}/realism/{backend}/{setting}.json",
    log:
        "logs/realism/{dataset}/{backend}/{setting}.log",
    benchmark:
        "logs/realism/{dataset}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=INPUTS.realism,
    script:
        "../workflow_scripts/realism.py"
