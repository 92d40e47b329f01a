"""Rule `audit`: the audit of whether an anonymizer can see the pixels that it replaces."""

from bauta.anonymize.audit import measure_audit
from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.reader import open_if_any
from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.judge.feasibility import require_grouped
from bauta.measurement import measurement_or_reason
from bauta.store import Store
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "audit", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    models, trained = configured_models(snakemake.config), next(iter(snakemake.input.generator), None)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    require_grouped(faces, config)
    measurement = measure_audit(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.landmarks),
        open_if_any(snakemake.input.parsing),
        faces,
        open_anonymizer(config["backend"], config["options"], contract, models, trained=trained),
        mesh=open_if_any(snakemake.input.mesh),
        posteriors=open_if_any(snakemake.input.posteriors),
        flame=open_if_any(snakemake.input.flame),
        dataset=place["dataset"],
        name=place["backend"],
        setting=place["setting"],
        seed=config["seed"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
