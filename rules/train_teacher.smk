# Expression teachers trained on the labels of datasets.
# reads: crops.zarr, alignment, split, manifest   writes: teachers/{teacher}


rule train_teacher:
    """Train on the people of the partition train, calibrate on those of dev; neither is scored."""
    input:
        crops=ancient(["cache/{dataset}/{crop}/crops.zarr"]),
        alignment=ancient(["cache/{dataset}/{crop}/alignment.parquet"]),
        split=ancient(TEACHERS.split),
        manifest=ancient(TEACHERS.manifest),
    output:
        teacher=directory("cache/{dataset}/{crop}/teachers/{teacher}"),
        key="cache/{dataset}/{crop}/teachers/{teacher}.key.json",
    log:
        "logs/train_teacher/{dataset}/{crop}/{teacher}.log",
    benchmark:
        "logs/train_teacher/{dataset}/{crop}/{teacher}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(3000),
        runtime=scaled(240),
    params:
        stage=INPUTS.train_teacher,
    script:
        "../workflow_scripts/train_teacher.py"


rule train_adapted_teacher:
    """Train a teacher on the anonymized faces of the partition train, or on originals and anonymized ones."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        anonymized=ancient(
            "cache/{dataset}/{crop}/anonymized_training/{backend}/{setting}.zarr"
        ),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        split=ancient(INPUTS.split),
        manifest=ancient(INPUTS.manifest),
    output:
        teacher=directory(
            "cache/{dataset}/{crop}/teachers/{teacher}/{backend}/{setting}"
        ),
        key="cache/{dataset}/{crop}/teachers/{teacher}/{backend}/{setting}.key.json",
    log:
        "logs/train_teacher/{dataset}/{crop}/{teacher}/{backend}/{setting}.log",
    benchmark:
        "logs/train_teacher/{dataset}/{crop}/{teacher}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(3000),
        runtime=scaled(240),
    params:
        stage=TEACHERS.adapted_stage,
    script:
        "../workflow_scripts/train_adapted_teacher.py"


rule train_pooled_teacher:
    """Train one teacher on several datasets, to be used on others: `snakemake teacher`."""
    input:
        crops=ancient(TEACHERS.pooled_crops),
        alignment=ancient(TEACHERS.pooled_alignments),
        split=ancient(TEACHERS.pooled_splits),
        manifest=ancient(TEACHERS.pooled_manifests),
    output:
        teacher=directory("cache/teachers/{teacher}"),
        key="cache/teachers/{teacher}.key.json",
    log:
        "logs/train_teacher/{teacher}.log",
    benchmark:
        "logs/train_teacher/{teacher}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(4000),
        runtime=scaled(600),
    params:
        stage=TEACHERS.pooled_stage,
    script:
        "../workflow_scripts/train_teacher.py"


rule teacher:
    """Train the pooled teacher of the configuration."""
    input:
        TEACHERS.pooled,
