# Whether what is cached is still what was written.
# reads: everything below cache/   writes: nothing


rule verify:
    """Check every store, table and teacher against its checksums and say which to make again."""
    log:
        "logs/verify/verify.log",
    localrule: True
    conda:
        "../envs/bauta.yaml"
    threads: 2
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(240),
    script:
        "../workflow_scripts/verify.py"
