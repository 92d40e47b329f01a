"""Rule `audit`: whether an anonymizer can see what it replaces."""

from bauta.anonymize.audit import measure_audit
from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.reader import open_if_any
from bauta.contract import CropContract
from bauta.faces import FaceTable
from bauta.job import job
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    models = configured_models(snakemake.config)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    measurement = measure_audit(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.landmarks),
        open_if_any(snakemake.input.parsing),
        faces,
        open_anonymizer(
            config["backend"],
            config["options"],
            contract,
            models,
            trained=next(iter(snakemake.input.generator), None),
        ),
        mesh=open_if_any(snakemake.input.mesh),
        dataset=snakemake.wildcards.dataset,
        name=snakemake.wildcards.backend,
        setting=config["setting"],
        seed=config["seed"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0])
