"""Rules `express_originals` and `express_anonymized`: expression posteriors of a store of images."""

from bauta.contract import CropContract
from bauta.express import TEACHERS
from bauta.express.run import predict_store
from bauta.faces import FaceTable
from bauta.job import job
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    contract = CropContract(config["size"], config["margin"])
    ids = None
    if snakemake.input.get("split"):
        ids = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").face_ids
    teacher = TEACHERS.load(snakemake.wildcards.teacher.rpartition("-")[0])
    teacher = teacher.load(snakemake.input.teacher, contract, threads=snakemake.threads)
    predict_store(
        Store.open(snakemake.input.images),
        teacher,
        snakemake.output.posteriors,
        ids=ids,
        attributes={"teacher_sha256": teacher.card.weights_sha256},
    )
