"""Rule `index`: the manifest of a dataset."""

from bauta.datasets import ADAPTERS
from bauta.job import job
from bauta.keys import write_key
from bauta.manifest import write_manifest

with job(snakemake.log[0]):
    stage = snakemake.params.stage
    options = dict(stage["config"])
    root, list_images = options.pop("root"), ADAPTERS.load(options.pop("adapter"))
    write_manifest(list_images(root, **options), root, snakemake.output.manifest, progress=True)
    write_key(snakemake.output.key, stage["key"])
