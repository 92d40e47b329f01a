# What DVC is told of a run.
# writes: dvc_keys.yaml, as every run does when it starts


rule dvc_keys:
    """Write dvc_keys.yaml without running anything."""
    localrule: True
    run:
        record_run(RUN.plan, workflow.configfiles)
