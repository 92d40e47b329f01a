"""Rule `split`: who trains, who calibrates, who is scored."""

from bauta.job import job
from bauta.keys import write_key
from bauta.splits import write_split

with job(snakemake.log[0]):
    stage = snakemake.params.stage
    write_key(snakemake.output.key, stage["key"])
    write_split(snakemake.input.manifest, snakemake.output.split, **stage["config"])
