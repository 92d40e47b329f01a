# What DVC is told of a run.
# writes: dvc_keys.yaml
from bauta.share import record_run, try_to_record_run


onstart:
    try_to_record_run(RUN.plan, workflow.configfiles)


rule dvc_keys:
    """Write dvc_keys.yaml, as every run does when it starts, and run nothing."""
    log:
        "logs/dvc_keys/dvc_keys.log",
    localrule: True
    run:
        record_run(RUN.plan, workflow.configfiles)
