"""Rule `index`: the manifest of a dataset."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import write_manifest
from bauta.datasets.places import option_path
from bauta.io.fingerprint import check_file_unchanged, check_unchanged
from bauta.keys.key import describing
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    Path(snakemake.output.images).mkdir(exist_ok=True)
    listing = list_dataset(**config)
    out, made_from = snakemake.output.manifest, sources(snakemake.input)
    write_manifest(listing, config["images"], out, made_from=made_from, progress=True)
    raw = stage["key"]["config"]
    if "fingerprint" in raw:
        check_unchanged(Path(config["root"]), raw["fingerprint"], links=config["links"])
    for name, sha256 in raw.get("files", {}).items():
        check_file_unchanged(option_path(Path(config["root"]), config["options"][name]), sha256)
