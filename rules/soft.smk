# Soft identity: what the faces of one set still say of age, gender and other attributes, and who of each group is identified.
# reads: embeddings, attributes, alignment, split   writes: measurements/{dataset}/soft-{digest}/{recognizer}/…


rule soft:
    """Read the attributes of the scored people, and identify the people of each group."""
    input:
        originals=ancient(INPUTS.clear_embeddings),
        anonymized=ancient(INPUTS.anonymized_embeddings),
        own=ancient(VIEWS.read_embeddings),
        attributes=ancient(INPUTS.attributes),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.SOFT,
    log:
        "logs/soft/{dataset}-{digest}/{recognizer}/{backend}/{setting}.log",
    benchmark:
        "logs/soft/{dataset}-{digest}/{recognizer}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=MEASUREMENTS.soft,
    script:
        "../workflow_scripts/soft.py"
