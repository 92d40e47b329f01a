# The files of pretrained models.
# writes: cache/models/{model}.json, a record of the file that was found or downloaded


rule models:
    """Download every model file that the configuration needs, for nodes without a network."""
    input:
        MODELS.all,


rule fetch_model:
    """Find a model's file or download it, and verify it against the registry."""
    output:
        record=layout.MODEL_RECORD,
    log:
        "logs/fetch_model/{model}.log",
    benchmark:
        "logs/fetch_model/{model}.tsv"
    localrule: True
    conda:
        "../envs/bauta.yaml"
    resources:
        mem_mb=scaled(500),
        runtime=scaled(120),
    script:
        "../workflow_scripts/fetch_model.py"
