# From five points to the crop's similarity transform.
# reads: detections.parquet   writes: alignment.parquet


rule align:
    """Fit each face's five points to the template of the crop contract."""
    input:
        detections=ancient(layout.DETECTIONS),
    output:
        alignment=layout.ALIGNMENT,
    log:
        "logs/align/{dataset}/{crop}.log",
    benchmark:
        "logs/align/{dataset}/{crop}.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(30),
    params:
        stage=INPUTS.crop,
    script:
        "../workflow_scripts/align.py"
