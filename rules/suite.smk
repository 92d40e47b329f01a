# Every attack on one set: view × matcher × protocol × pooling.
# reads: views, anonymized sets, alignment, split   writes: measurements/{dataset}/suite-{digest}/{backend}/…


rule suite:
    """Choose the attack on people of its own, and measure it on the scored ones."""
    input:
        views=ancient(VIEWS.view_stores),
        anonymized=ancient(INPUTS.anonymized),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
        own_alignment=ancient(VIEWS.own_alignment),
        own_split=ancient(VIEWS.own_split),
    output:
        RESULTS / layout.SUITE,
    log:
        "logs/suite/{dataset}-{digest}/{backend}/{setting}.log",
    benchmark:
        "logs/suite/{dataset}-{digest}/{backend}/{setting}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        stage=MEASUREMENTS.suite,
    script:
        "../workflow_scripts/suite.py"
