# Preservation of expression.
# reads: posteriors, alignment, split   writes: measurements/{dataset}/expression-{digest}/{teacher}/…


rule expression:
    """Compare the teacher's posteriors before and after with the labels and with each other."""
    input:
        originals=ancient(INPUTS.clear_posteriors),
        anonymized=ancient(INPUTS.anonymized_posteriors),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.EXPRESSION,
    log:
        "logs/expression/{dataset}-{digest}/{teacher}/{backend}/{setting}.log",
    benchmark:
        "logs/expression/{dataset}-{digest}/{teacher}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.expression,
    script:
        "../workflow_scripts/expression.py"
