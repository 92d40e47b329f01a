# Expression posteriors, of the originals once and of each anonymized set.
# reads: crops.zarr or an anonymized set, a teacher   writes: posteriors/{teacher}/…


rule express_originals:
    """Read the expressions of the originals of the scored people."""
    input:
        images=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        split=ancient(INPUTS.split),
        teacher=ancient(MODELS.teacher),
    output:
        posteriors=directory(
            "cache/{dataset}/{crop}/posteriors/{teacher}/original.zarr"
        ),
        key="cache/{dataset}/{crop}/posteriors/{teacher}/key.json",
    log:
        "logs/express/{dataset}/{crop}/{teacher}/original.log",
    benchmark:
        "logs/express/{dataset}/{crop}/{teacher}/original.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("teacher"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.express,
    script:
        "../workflow_scripts/express.py"


rule express_anonymized:
    """Read the expressions of one anonymized set."""
    input:
        images=ancient("cache/{dataset}/{crop}/anonymized/{backend}/{setting}.zarr"),
        teacher=ancient(MODELS.teacher),
    output:
        posteriors=directory(
            "cache/{dataset}/{crop}/posteriors/{teacher}/{backend}/{setting}.zarr"
        ),
    log:
        "logs/express/{dataset}/{crop}/{teacher}/{backend}/{setting}.log",
    benchmark:
        "logs/express/{dataset}/{crop}/{teacher}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("teacher"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.express,
    script:
        "../workflow_scripts/express.py"
