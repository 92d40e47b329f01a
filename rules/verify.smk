# Verification of the cached artifacts.
# reads: everything below cache/, results/ and rendered images in data/   writes: nothing


rule verify:
    """Verify all artifacts against their checksums, paths and parents, and name those to recompute."""
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
