# Expression teachers trained on the labels of datasets.
# reads: crops.zarr, alignment, split, manifest   writes: teachers/{teacher}


rule train_teacher:
    """Train on the people of the partition train, and calibrate on those of dev; neither partition is scored."""
    input:
        crops=ancient([layout.CROPS]),
        alignment=ancient([layout.ALIGNMENT]),
        split=ancient(TEACHERS.split),
        manifest=ancient(TEACHERS.manifest),
    output:
        teacher=directory(layout.TEACHER),
        key=layout.TEACHER_KEY,
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
    """Train a teacher on the anonymized faces of the partition train, or on originals and anonymized faces."""
    input:
        crops=ancient(layout.CROPS),
        anonymized=ancient(layout.ANONYMIZED_TRAINING),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        manifest=ancient(INPUTS.manifest),
    output:
        teacher=directory(layout.ADAPTED_TEACHER),
        key=layout.ADAPTED_TEACHER_KEY,
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
    """Train one teacher on several datasets for use on others: `snakemake teacher`."""
    input:
        crops=ancient(TEACHERS.pooled_crops),
        alignment=ancient(TEACHERS.pooled_alignments),
        split=ancient(TEACHERS.pooled_splits),
        manifest=ancient(TEACHERS.pooled_manifests),
        pseudo_labels=ancient(TEACHERS.pseudo_labels),
    output:
        teacher=directory(layout.POOLED_TEACHER),
        key=layout.POOLED_TEACHER_KEY,
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
