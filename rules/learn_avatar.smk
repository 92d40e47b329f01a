# The code book of the backend avatar that ships with bauta.
# reads: crops.zarr, alignment, landmarks, split   writes: cache/avatars/{book}


rule learn_avatar:
    """Learn states and averages on people and faces that are never scored: `snakemake avatar`."""
    input:
        crops=ancient(AVATARS.crops),
        alignment=ancient(AVATARS.alignments),
        landmarks=ancient(AVATARS.landmarks),
        split=ancient(AVATARS.splits),
        models=ancient(AVATARS.models),
    output:
        book=directory(layout.POOLED_AVATAR),
        key=layout.POOLED_AVATAR_KEY,
    log:
        "logs/learn_avatar/{book}.log",
    benchmark:
        "logs/learn_avatar/{book}.tsv"
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(120),
    params:
        stage=AVATARS.stage,
    script:
        "../workflow_scripts/learn_avatar.py"


rule avatar:
    """Learn the book of the configuration."""
    input:
        AVATARS.book,
