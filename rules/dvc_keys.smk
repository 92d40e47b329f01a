# The record of a run for DVC: `bauta dvc-keys` as a target.
# writes: dvc_keys.yaml, dvc.lock


rule dvc_keys:
    """Record the existing artifacts of the run with DVC and list them in dvc_keys.yaml; run nothing."""
    log:
        "logs/dvc_keys/dvc_keys.log",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        options=RUN.configuration,
    script:
        "../workflow_scripts/dvc_keys.py"
