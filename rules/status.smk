# Commands of `bauta` as targets. They have no files, so they do not wait for the lock of a run.
# reads: cache, data, results, config   writes: nothing; clean_stale removes


rule status:
    """List what is cached, what a run would compute, and how much no configuration reaches."""
    log:
        "logs/status/status.log",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        options=RUN.configuration,
    script:
        "../workflow_scripts/status.py"


rule clean_stale:
    """Show the stores that no configuration reaches, and remove them if confirmed (`--config confirm=true`)."""
    log:
        "logs/clean_stale/clean_stale.log",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    params:
        options=[*RUN.configuration, *RUN.cleaning],
    script:
        "../workflow_scripts/clean_stale.py"
