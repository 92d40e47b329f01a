"""Rule `split`: who trains, who calibrates, who is scored."""

from bauta.job import job
from bauta.splits import write_split

with job(snakemake.log[0]):
    write_split(snakemake.input.manifest, snakemake.output.split, **snakemake.params.stage["config"])
