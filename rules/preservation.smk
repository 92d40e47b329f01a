# Preservation of pose, landmarks, gaze and whatever else the estimators of the configuration read in a face.
# reads: crops.zarr or an anonymized set   writes: estimates/{estimator}/…, measurements/{dataset}/preservation-{digest}/…


rule estimate_originals:
    """Estimate pose, landmarks, gaze, … in the originals of the scored people."""
    input:
        images=ancient(layout.CROPS),
        landmarks=ancient(MEASUREMENTS.located),
        alignment=ancient(layout.ALIGNMENT),
        split=ancient(INPUTS.split),
        models=ancient(MODELS.estimator),
    output:
        estimates=directory(layout.CLEAR_ESTIMATES),
        key=layout.ESTIMATES_KEY,
    log:
        "logs/estimate/{dataset}/{crop}/{estimator}/original.log",
    benchmark:
        "logs/estimate/{dataset}/{crop}/{estimator}/original.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("estimator"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=MEASUREMENTS.estimate,
    script:
        "../workflow_scripts/estimate.py"


rule estimate_anonymized:
    """Estimate the same in one anonymized set, from its crops alone."""
    input:
        images=ancient(layout.ANONYMIZED),
        models=ancient(MODELS.estimator),
    output:
        estimates=directory(layout.ANONYMIZED_ESTIMATES),
    log:
        "logs/estimate/{dataset}/{crop}/{estimator}/{backend}/{setting}.log",
    benchmark:
        "logs/estimate/{dataset}/{crop}/{estimator}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        gpu=gpu_for("estimator"),
        mem_mb=scaled(4000),
        runtime=scaled(60),
    params:
        stage=MEASUREMENTS.estimate,
    script:
        "../workflow_scripts/estimate.py"


rule preservation:
    """Compare the estimates before and after with each other and, on rendered faces, with the truth."""
    input:
        originals=ancient(MEASUREMENTS.clear_estimates),
        anonymized=ancient(MEASUREMENTS.anonymized_estimates),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        truth=ancient(MEASUREMENTS.truth),
    output:
        RESULTS / layout.PRESERVATION,
    log:
        "logs/preservation/{dataset}-{digest}/{estimator}/{backend}/{setting}.log",
    benchmark:
        "logs/preservation/{dataset}-{digest}/{estimator}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.preservation,
    script:
        "../workflow_scripts/preservation.py"
