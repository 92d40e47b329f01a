# The training scenario: networks that learn expressions from real, anonymized or both faces, tested on real ones.
# reads: crops.zarr, an anonymized set, alignment, split, manifest
# writes: learners/{learner}/…, learner_posteriors/{learner}/…, measurements/{dataset}/training-{digest}/…


rule train_learner:
    """Train one network on the real, the anonymized or both faces of the partition train."""
    input:
        faces=ancient(TRAINING.learnt_from),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        manifest=ancient(INPUTS.manifest),
    output:
        network=directory(layout.LEARNER),
        key=layout.LEARNER_KEY,
    log:
        "logs/train_learner/{dataset}/{crop}/{learner}/{backend}/{setting}.log",
    benchmark:
        "logs/train_learner/{dataset}/{crop}/{learner}/{backend}/{setting}.tsv"
    wildcard_constraints:
        learner=KEYED_NAME,
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        gpu=1,
        mem_mb=scaled(3000),
        runtime=scaled(240),
    params:
        stage=TRAINING.train_learner,
    script:
        "../workflow_scripts/train_learner.py"


rule express_learner:
    """Predict the expressions of the real faces of one dataset with one network."""
    input:
        images=ancient(TRAINING.tested_crops),
        alignment=ancient(TRAINING.tested_alignment),
        split=ancient(TRAINING.tested_split),
        network=ancient(layout.LEARNER),
    output:
        posteriors=directory(layout.LEARNER_POSTERIORS),
        key=layout.LEARNER_POSTERIORS_KEY,
    log:
        "logs/express_learner/{dataset}/{crop}/{learner}/{tested}/{backend}/{setting}.log",
    benchmark:
        "logs/express_learner/{dataset}/{crop}/{learner}/{tested}/{backend}/{setting}.tsv"
    wildcard_constraints:
        learner=KEYED_NAME,
        tested=KEYED_NAME,
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=1,
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=TRAINING.express_learner,
    script:
        "../workflow_scripts/express_learner.py"


rule training:
    """Compare the networks of a recipe that learnt from one set with those that learnt from real faces."""
    input:
        posteriors=ancient(TRAINING.posteriors),
        alignments=ancient(TRAINING.alignments),
        splits=ancient(TRAINING.splits),
    output:
        RESULTS / layout.TRAINING,
    log:
        "logs/training/{dataset}-{digest}/{recipe}/{backend}/{setting}.log",
    benchmark:
        "logs/training/{dataset}-{digest}/{recipe}/{backend}/{setting}.tsv"
    wildcard_constraints:
        recipe=KEYED_NAME,
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=MEASUREMENTS.training,
    script:
        "../workflow_scripts/training.py"
