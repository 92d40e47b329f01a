# Tests between anonymized sets, for the backends that frontier.compare names.
# reads: posteriors, alignment, split   writes: measurements/{dataset}/significance-{digest}/{teacher}/…


rule significance:
    """Test for each pair of sets which one changes the posteriors of a teacher less."""
    input:
        originals=ancient(INPUTS.clear_posteriors),
        anonymized=ancient(MEASUREMENTS.compared_posteriors),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.SIGNIFICANCE,
    log:
        "logs/significance/{dataset}-{digest}/{teacher}.log",
    benchmark:
        "logs/significance/{dataset}-{digest}/{teacher}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=MEASUREMENTS.significance,
    script:
        "../workflow_scripts/significance.py"
