"""Rule `verify`: everything in the cache against its checksums."""

import sys
from pathlib import Path

from bauta.job import job
from bauta.verify import require_intact, verify_cache

with job(snakemake.log[0]) as log:
    report = verify_cache(Path("cache"), Path("results"), Path("logs"), threads=snakemake.threads)
    for line in report.lines():
        log.info("%s", line)
        sys.stdout.write(f"{line}\n")
    require_intact(report)
