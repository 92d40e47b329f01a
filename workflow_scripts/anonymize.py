"""Rules `anonymize` and `anonymize_training`: faces of some partitions with one backend at one setting."""

from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.reader import open_if_any
from bauta.anonymize.run import anonymize_store
from bauta.contract import CropContract
from bauta.faces import FaceTable
from bauta.job import job
from bauta.keys import describing
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    models = configured_models(snakemake.config)
    anonymize_store(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.landmarks),
        open_if_any(snakemake.input.parsing),
        FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition(
            *snakemake.params.partitions
        ),
        open_anonymizer(
            config["backend"],
            config["options"],
            contract,
            models,
            trained=next(iter(snakemake.input.generator), None),
        ),
        mesh=open_if_any(snakemake.input.mesh),
        out=snakemake.output.anonymized,
        seed=config["seed"],
        progress=True,
    )
