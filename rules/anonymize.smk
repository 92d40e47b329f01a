# One job a backend and setting.
# reads: crops.zarr, landmarks, split   writes: anonymized/{backend}/{setting}.zarr


rule anonymize:
    """Anonymize the scored faces with one backend at one setting."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        landmarks=ancient(INPUTS.landmarks),
        split=ancient(INPUTS.split),
    output:
        anonymized=directory(
            "cache/{dataset}/{crop}/anonymized/{backend}/{setting}.zarr"
        ),
        key="cache/{dataset}/{crop}/anonymized/{backend}/{setting}.key.json",
    log:
        "logs/anonymize/{dataset}/{crop}/{backend}/{setting}.log",
    benchmark:
        "logs/anonymize/{dataset}/{crop}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=1,
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.anonymize,
    script:
        "../workflow_scripts/anonymize.py"
