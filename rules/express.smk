# Expression posteriors of the originals, once, and of each anonymized set.
# reads: crops.zarr or an anonymized set, a teacher   writes: posteriors/{teacher}/…


rule express_originals:
    """Predict the expressions of the originals of the scored people."""
    input:
        images=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        teacher=ancient(MODELS.teacher),
    output:
        posteriors=directory(layout.CLEAR_POSTERIORS),
        key=layout.POSTERIORS_KEY,
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


rule express_training:
    """Predict the expressions of the originals that teachers are trained on, for backends that see them."""
    input:
        images=ancient(layout.CROPS),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        teacher=ancient(MODELS.teacher),
    output:
        posteriors=directory(layout.TRAINING_POSTERIORS),
    log:
        "logs/express/{dataset}/{crop}/{teacher}/training.log",
    benchmark:
        "logs/express/{dataset}/{crop}/{teacher}/training.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("teacher"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=INPUTS.express,
        partitions=["train", "dev"],
    script:
        "../workflow_scripts/express.py"


rule express_anonymized:
    """Predict the expressions of one anonymized set."""
    input:
        images=ancient(layout.ANONYMIZED),
        teacher=ancient(MODELS.teacher),
    output:
        posteriors=directory(layout.ANONYMIZED_POSTERIORS),
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
