"""Rule `index`: the manifest of a dataset."""

from pathlib import Path

from bauta.datasets.listing import list_dataset
from bauta.fingerprint import check_unchanged
from bauta.job import job
from bauta.keys import describing
from bauta.manifest import write_manifest

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    Path(snakemake.output.images).mkdir(exist_ok=True)
    listing = list_dataset(**config)
    write_manifest(listing, config["images"], snakemake.output.manifest, progress=True)
    if "fingerprint" in stage["key"]["config"]:
        check_unchanged(Path(config["root"]), stage["key"]["config"]["fingerprint"])
