# What is there and what is not. Both answer when the Snakefile is read (src/bauta/status.py), before any job.
# reads: cache, data, results, config   writes: nothing; clean_stale removes


rule status:
    """List what is cached, what a run would make, and how much no configuration reaches."""
    input:
        [],


rule clean_stale:
    """Show the stores that no configuration reaches, and remove them: asks, or `--config confirm=true`."""
    input:
        [],
