"""Rule `crop`: every face as an aligned crop."""

from bauta.contract import CropContract
from bauta.crop import crop_dataset
from bauta.job import job
from bauta.manifest import read_manifest
from bauta.tables import ALIGNMENT, read_table

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    contract = CropContract(config["size"], config["margin"])
    manifest = read_manifest(snakemake.input.manifest)
    alignment = read_table(snakemake.input.alignment, ALIGNMENT)
    crop_dataset(manifest, alignment, config["root"], contract, snakemake.output.crops, progress=True)
