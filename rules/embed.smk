# Identity embeddings, of the originals once and of each anonymized set.
# reads: crops.zarr or an anonymized set   writes: embeddings/{recognizer}/…


rule embed_originals:
    """Embed the originals of the people who are not trained on."""
    input:
        images=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.recognizer),
    output:
        embeddings=directory(
            "cache/{dataset}/{crop}/embeddings/{recognizer}/original.zarr"
        ),
        key="cache/{dataset}/{crop}/embeddings/{recognizer}/key.json",
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
        images=ancient("cache/{dataset}/{crop}/anonymized/{backend}/{setting}.zarr"),
        models=ancient(MODELS.recognizer),
    output:
        embeddings=directory(
            "cache/{dataset}/{crop}/embeddings/{recognizer}/{backend}/{setting}.zarr"
        ),
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
