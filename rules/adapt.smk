# The attacker that is trained on anonymized faces.
# reads: embeddings, images, alignment, split   writes: measurements/{dataset}/adapt-{digest}/{recognizer}/…


rule adapt:
    """Train on anonymized enrolled images and identify the anonymized probes of the same people."""
    input:
        originals=ancient(INPUTS.clear_embeddings),
        anonymized=ancient(INPUTS.anonymized_embeddings),
        crops=ancient(INPUTS.crops),
        images=ancient(INPUTS.anonymized),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.ADAPT,
    log:
        "logs/adapt/{dataset}-{digest}/{recognizer}/{backend}/{setting}.log",
    benchmark:
        "logs/adapt/{dataset}-{digest}/{recognizer}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.adapt,
    script:
        "../workflow_scripts/adapt.py"
