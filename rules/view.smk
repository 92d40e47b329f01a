# What an attacker sees of each set, and the people on whom he learns and chooses, none of whom is scored.
# They are of the dataset itself or, with attacks.people, of the one that lends them, in whose folder what is made of them lies.
# reads: crops.zarr, landmarks, split, anonymized sets, embeddings   writes: people-{people}/…


rule anonymize_people:
    """Anonymize the attacker's own faces with one backend at one setting."""
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
        anonymized=directory(layout.ANONYMIZED_PEOPLE),
        key=layout.ANONYMIZED_PEOPLE_KEY,
    log:
        "logs/anonymize_people/{dataset}/{crop}/{people}/{backend}/{setting}.log",
    benchmark:
        "logs/anonymize_people/{dataset}/{crop}/{people}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("backend"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=VIEWS.anonymize_people,
        partitions=[],
    script:
        "../workflow_scripts/anonymize.py"


rule embed_people:
    """Embed the originals of the attacker's own faces."""
    input:
        images=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.recognizer),
    output:
        embeddings=directory(layout.PEOPLE_EMBEDDINGS),
        key=layout.PEOPLE_EMBEDDINGS_KEY,
    log:
        "logs/embed_people/{dataset}/{crop}/{people}/{recognizer}.log",
    benchmark:
        "logs/embed_people/{dataset}/{crop}/{people}/{recognizer}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("recognizer"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=VIEWS.people,
    script:
        "../workflow_scripts/embed.py"


rule view:
    """Look at one set in one way, and learn how on the attacker's own people."""
    input:
        anonymized=ancient(layout.ANONYMIZED),
        own=ancient(VIEWS.own_people),
        own_embeddings=ancient(VIEWS.own_embeddings),
        own_crops=ancient(VIEWS.own_crops),
        own_landmarks=ancient(VIEWS.own_landmarks),
        own_alignment=ancient(VIEWS.own_alignment),
        own_split=ancient(VIEWS.own_split),
        originals=ancient(layout.CLEAR_EMBEDDINGS),
        embeddings=ancient(layout.ANONYMIZED_EMBEDDINGS),
        crops=ancient(layout.CROPS),
        landmarks=ancient(INPUTS.landmarks),
        alignment=ancient(layout.ALIGNMENT),
        models=ancient(MODELS.view),
        generator=ancient(GENERATORS.trained),
        split=ancient(INPUTS.split),
    output:
        view=directory(layout.VIEW),
        key=layout.VIEW_KEY,
    log:
        "logs/view/{dataset}/{crop}/{people}/{view}/{recognizer}/{backend}/{setting}.log",
    benchmark:
        "logs/view/{dataset}/{crop}/{people}/{view}/{recognizer}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("recognizer"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=VIEWS.view,
    script:
        "../workflow_scripts/view.py"
