"""Rule `split`: who trains, who calibrates, who is scored."""

from bauta.job import job
from bauta.keys import describing
from bauta.splits import write_split

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    write_split(snakemake.input.manifest, snakemake.output.split, **stage["config"])
