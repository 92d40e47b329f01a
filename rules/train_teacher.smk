# An expression teacher trained on the dataset's own labels.
# reads: crops.zarr, split   writes: teachers/{teacher}


rule train_teacher:
    """Train on the people of the partition train, calibrate on those of dev; neither is scored."""
    input:
        crops=ancient("cache/{dataset}/{crop}/crops.zarr"),
        alignment=ancient("cache/{dataset}/{crop}/alignment.parquet"),
        split=ancient(INPUTS.split),
    output:
        teacher=directory("cache/{dataset}/{crop}/teachers/{teacher}"),
    log:
        "logs/train_teacher/{dataset}/{crop}/{teacher}.log",
    benchmark:
        "logs/train_teacher/{dataset}/{crop}/{teacher}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        stage=INPUTS.train_teacher,
    script:
        "../workflow_scripts/train_teacher.py"
