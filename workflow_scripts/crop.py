"""Rule `crop`: every face as an aligned crop."""

from bauta.alignment.crop import crop_dataset
from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.datasets.manifest import read_manifest
from bauta.io.tables import ALIGNMENT, read_table
from bauta.workflow.job import job

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    contract = CropContract(config["size"], config["margin"])
    manifest = read_manifest(snakemake.input.manifest)
    alignment = read_table(snakemake.input.alignment, ALIGNMENT)
    crop_dataset(
        manifest,
        alignment,
        config["root"],
        contract,
        snakemake.output.crops,
        sources=sources(snakemake.input),
        progress=True,
    )
