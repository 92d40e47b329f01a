# Generators of the backends cgan_trained and ganonymization_trained, and the generator that ships with bauta.
# reads: crops.zarr, alignment, landmarks, parsing, split   writes: generators/{generator}, results/<run>/generators/…


rule train_anonymizer:
    """Train on the people of the partition train, with early stopping on dev; neither partition is scored."""
    input:
        crops=ancient([layout.CROPS]),
        alignment=ancient([layout.ALIGNMENT]),
        landmarks=ancient(GENERATORS.landmarks),
        mesh=ancient(GENERATORS.mesh),
        parsing=ancient(GENERATORS.parsing),
        flame=ancient(GENERATORS.flame),
        split=ancient(GENERATORS.split),
        models=ancient(GENERATORS.models),
    output:
        generator=directory(layout.GENERATOR),
        key=layout.GENERATOR_KEY,
    log:
        "logs/train_anonymizer/{dataset}/{crop}/{generator}.log",
    benchmark:
        "logs/train_anonymizer/{dataset}/{crop}/{generator}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(4000),
        runtime=scaled(600),
    params:
        stage=GENERATORS.stage,
    script:
        "../workflow_scripts/train_anonymizer.py"


rule train_pooled_generator:
    """Train one generator on several datasets for use on others: `snakemake generator`."""
    input:
        crops=ancient(GENERATORS.pooled_crops),
        alignment=ancient(GENERATORS.pooled_alignments),
        landmarks=ancient(GENERATORS.pooled_landmarks),
        split=ancient(GENERATORS.pooled_splits),
        models=ancient(GENERATORS.pooled_models),
    output:
        generator=directory(layout.POOLED_GENERATOR),
        key=layout.POOLED_GENERATOR_KEY,
    log:
        "logs/train_anonymizer/{generator}.log",
    benchmark:
        "logs/train_anonymizer/{generator}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(6000),
        runtime=scaled(1200),
    params:
        stage=GENERATORS.pooled_stage,
    script:
        "../workflow_scripts/train_anonymizer.py"


rule generator:
    """Train the pooled generator of the configuration."""
    input:
        GENERATORS.pooled,


rule plot_generator:
    """Copy a generator's loss curves, or its sample sheet, to the results."""
    input:
        generator=ancient(GENERATORS.of_picture),
    output:
        RESULTS / layout.GENERATOR_PICTURE,
    log:
        "logs/plot_generator/{dataset}/{generator}-{picture}.log",
    benchmark:
        "logs/plot_generator/{dataset}/{generator}-{picture}.tsv"
    wildcard_constraints:
        picture="curves|samples",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(500),
        runtime=scaled(30),
    script:
        "../workflow_scripts/plot_generator.py"
