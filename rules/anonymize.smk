# One job a backend and setting.
# reads: crops.zarr, landmarks, parsing, split, models, generators
# writes: anonymized/{backend}/{setting}.zarr, anonymized_training/{backend}/{setting}.zarr


rule anonymize:
    """Anonymize the scored faces with one backend at one setting."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
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
        partitions=["test"],
    script:
        "../workflow_scripts/anonymize.py"


rule anonymize_training:
    """Anonymize the faces that readers are trained on, for those that adapt to a backend."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
        split=ancient(INPUTS.split),
    output:
        anonymized=directory(
            "cache/{dataset}/{crop}/anonymized_training/{backend}/{setting}.zarr"
        ),
        key="cache/{dataset}/{crop}/anonymized_training/{backend}/{setting}.key.json",
    log:
        "logs/anonymize_training/{dataset}/{crop}/{backend}/{setting}.log",
    benchmark:
        "logs/anonymize_training/{dataset}/{crop}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=1,
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.anonymize,
        partitions=["train", "dev"],
    script:
        "../workflow_scripts/anonymize.py"
