# Agreement of the teachers on the clear faces.
# reads: posteriors of the originals, alignment, split   writes: measurements/{dataset}/agreement-{digest}/…


rule agreement:
    """Compare the posteriors of each pair of teachers on the clear faces."""
    input:
        posteriors=ancient(MEASUREMENTS.all_clear_posteriors),
        alignment=ancient(INPUTS.alignment),
        split=ancient(INPUTS.split),
    output:
        RESULTS / layout.AGREEMENT,
    log:
        "logs/agreement/{dataset}-{digest}.log",
    benchmark:
        "logs/agreement/{dataset}-{digest}.tsv"
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(15),
    params:
        stage=MEASUREMENTS.agreement,
    script:
        "../workflow_scripts/agreement.py"
