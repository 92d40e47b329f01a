"""Rules `express_originals` and `express_anonymized`: expression posteriors of a store of images."""

from bauta.contract import CropContract
from bauta.express.open import open_teacher, weights_sha256
from bauta.express.run import predict_store
from bauta.faces import FaceTable
from bauta.job import job
from bauta.keys import describing
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.get("key"), snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    ids = None
    if snakemake.input.get("split"):
        ids = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").face_ids
    name = snakemake.wildcards.teacher.rpartition("-")[0]
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
    )
