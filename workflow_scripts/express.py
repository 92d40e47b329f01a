"""Rules `express_originals`, `express_training` and `express_anonymized`: expression posteriors of images."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.express.open import open_teacher, weights_sha256
from bauta.express.run import predict_store
from bauta.io.keyed_names import split_digest
from bauta.keys.key import describing
from bauta.store import Store, store_or_reason
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.get("key"), snakemake.params.stage["key"]),
    store_or_reason(snakemake.output.posteriors),
):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    ids = None
    if snakemake.input.get("split"):
        parts = snakemake.params.get("partitions", ["test"])
        ids = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition(*parts).face_ids
    name, _ = split_digest(snakemake.wildcards.teacher)
    models, trained = configured_models(snakemake.config), str(snakemake.input.teacher)
    teacher = open_teacher(
        name,
        CropContract(config["size"], config["margin"]),
        models,
        trained=trained,
        threads=snakemake.threads,
    )
    predict_store(
        Store.open(snakemake.input.images),
        teacher,
        snakemake.output.posteriors,
        ids=ids,
        attributes={"teacher_sha256": weights_sha256(name, models, trained=trained)},
        sources=made_from,
    )
