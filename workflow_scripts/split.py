"""Rule `split`: the people for training, calibration and scoring."""

from bauta.cache.lineage import sources
from bauta.datasets.splits import write_split
from bauta.keys.key import describing
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    made_from = sources(snakemake.input)
    write_split(snakemake.input.manifest, snakemake.output.split, made_from, **stage["config"])
