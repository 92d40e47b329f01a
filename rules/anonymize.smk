# Anonymized sets, one job per backend and setting.
# reads: crops.zarr, landmarks, parsing, posteriors, split, models, generators, pictures of other programs
# writes: anonymized/{backend}/{setting}.zarr, anonymized_training/{backend}/{setting}.zarr


rule anonymize:
    """Anonymize the scored faces with one backend at one setting."""
    input:
        crops=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        flame=ancient(GENERATORS.seen_flame),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
        posteriors=ancient(TEACHERS.seen_posteriors),
        split=ancient(INPUTS.split),
        whole=ancient(INPUTS.whole_images),
    output:
        anonymized=directory(layout.ANONYMIZED),
        key=layout.ANONYMIZED_KEY,
    log:
        "logs/anonymize/{dataset}/{crop}/{backend}/{setting}.log",
    benchmark:
        "logs/anonymize/{dataset}/{crop}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("backend"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.anonymize,
        partitions=["test"],
    script:
        "../workflow_scripts/anonymize.py"


rule anonymize_training:
    """Anonymize the training faces of the teachers that adapt to a backend."""
    input:
        crops=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        landmarks=ancient(INPUTS.landmarks),
        mesh=ancient(INPUTS.mesh),
        parsing=ancient(INPUTS.seen_parsing),
        flame=ancient(GENERATORS.seen_flame),
        models=ancient(MODELS.anonymizer),
        generator=ancient(GENERATORS.trained),
        posteriors=ancient(TEACHERS.seen_training_posteriors),
        split=ancient(INPUTS.split),
        whole=ancient(INPUTS.whole_images),
    output:
        anonymized=directory(layout.ANONYMIZED_TRAINING),
        key=layout.ANONYMIZED_TRAINING_KEY,
    log:
        "logs/anonymize_training/{dataset}/{crop}/{backend}/{setting}.log",
    benchmark:
        "logs/anonymize_training/{dataset}/{crop}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("backend"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.anonymize,
        partitions=["train", "dev"],
    script:
        "../workflow_scripts/anonymize.py"
