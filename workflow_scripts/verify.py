"""Rule `verify`: everything that runs have left against its checksums."""

import sys

from bauta.cache.verify import require_intact, verify_cache
from bauta.io import layout
from bauta.workflow.job import job

with job(snakemake.log[0]) as log:
    folders = (layout.CACHE, layout.RESULTS, layout.DATA, layout.LOGS)
    report = verify_cache(*folders, threads=snakemake.threads)
    for line in report.lines():
        log.info("%s", line)
        sys.stdout.write(f"{line}\n")
    require_intact(report)
