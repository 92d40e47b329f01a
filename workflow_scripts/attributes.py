"""Rule `attributes`: what a dataset knows of its people besides their identity and expression."""

from bauta.cache.lineage import sources
from bauta.datasets.attributes import write_attributes
from bauta.datasets.listing import list_dataset
from bauta.keys.key import describing
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    listing = list_dataset(**snakemake.params.stage["config"])
    write_attributes(listing, snakemake.output.attributes, sources(snakemake.input))
