# Fixed identity attackers.
# reads: embeddings, alignment, split, the pairs to verify   writes: measurements/{dataset}/attack-{digest}/{recognizer}/…


rule attack_clear:
    """Identify and verify the originals: the baseline of every other number."""
    input:
        originals=ancient(INPUTS.clear_embeddings),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        pairs=ancient(MEASUREMENTS.pair_files),
    output:
        RESULTS / layout.ATTACK_CLEAR,
    log:
        "logs/attack/{dataset}-{digest}/{recognizer}/original/clear.log",
    benchmark:
        "logs/attack/{dataset}-{digest}/{recognizer}/original/clear.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.attack_clear,
    script:
        "../workflow_scripts/attack.py"


rule attack:
    """Identify and verify one anonymized set under each protocol."""
    input:
        originals=ancient(INPUTS.clear_embeddings),
        anonymized=ancient(INPUTS.anonymized_embeddings),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        pairs=ancient(MEASUREMENTS.pair_files),
    output:
        RESULTS / layout.ATTACK,
    log:
        "logs/attack/{dataset}-{digest}/{recognizer}/{backend}/{setting}.log",
    benchmark:
        "logs/attack/{dataset}-{digest}/{recognizer}/{backend}/{setting}.tsv"
    wildcard_constraints:
        setting=KEYED_SETTING,
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.attack,
    script:
        "../workflow_scripts/attack.py"
