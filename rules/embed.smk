# Identity embeddings of the originals, once, and of each anonymized set.
# reads: crops.zarr or an anonymized set   writes: embeddings/{recognizer}/…


rule embed_originals:
    """Embed the originals of the people outside the training partition."""
    input:
        images=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.recognizer),
    output:
        embeddings=directory(layout.CLEAR_EMBEDDINGS),
        key=layout.EMBEDDINGS_KEY,
    log:
        "logs/embed/{dataset}/{crop}/{recognizer}/original.log",
    benchmark:
        "logs/embed/{dataset}/{crop}/{recognizer}/original.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("recognizer"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.embed,
    script:
        "../workflow_scripts/embed.py"


rule embed_anonymized:
    """Embed one anonymized set."""
    input:
        images=ancient(layout.ANONYMIZED),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.recognizer),
    output:
        embeddings=directory(layout.ANONYMIZED_EMBEDDINGS),
    log:
        "logs/embed/{dataset}/{crop}/{recognizer}/{backend}/{setting}.log",
    benchmark:
        "logs/embed/{dataset}/{crop}/{recognizer}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("recognizer"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.embed,
    script:
        "../workflow_scripts/embed.py"
