"""Rule `anonymize`: the scored faces with one backend at one setting."""

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.settings import SETTINGS
from bauta.contract import CropContract
from bauta.faces import FaceTable
from bauta.job import job
from bauta.keys import describing
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    setting = SETTINGS[config["backend"]](**config["options"])
    anonymize_store(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.landmarks),
        None,
        FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test"),
        ANONYMIZERS.load(config["backend"])(setting, contract),
        out=snakemake.output.anonymized,
        seed=config["seed"],
        progress=True,
    )
