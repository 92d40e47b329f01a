"""Rules `anonymize`, `anonymize_training` and `anonymize_people`: one backend at one setting."""

from bauta.anonymize.external.places import locate
from bauta.anonymize.open import declared_outputs, open_anonymizer
from bauta.anonymize.reader import open_if_any
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.witness import bounds_of
from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import faces_of
from bauta.judge.feasibility import require_grouped
from bauta.keys.key import describing
from bauta.store import Store, store_or_reason
from bauta.workflow.job import job

read, stage, out = snakemake.input, snakemake.params.stage, snakemake.output
with job(snakemake.log[0]), describing(out.key, stage["key"]), store_or_reason(out.anonymized):
    config, made_from = stage["config"], sources(read)
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    faces = faces_of(FaceTable.load(read.alignment, read.split), snakemake.params.partitions, config)
    require_grouped(faces, config)
    models, trained = configured_models(snakemake.config), next(iter(read.generator), None)
    backend = open_anonymizer(config["backend"], config["options"], contract, models, trained=trained)
    locate(backend, config, read.whole, read.alignment, models)
    if_any = {name: open_if_any(read[name]) for name in ("parsing", "mesh", "posteriors", "flame")}
    anonymize_store(
        Store.open(read.crops),
        Store.open(read.landmarks),
        faces=faces,
        backend=backend,
        **if_any,
        out=out.anonymized,
        seed=config["seed"],
        sources=made_from,
        progress=True,
        bounds=bounds_of(config["crop"]["detector"]),
        outputs=declared_outputs(config["backend"], config["options"]),
    )
