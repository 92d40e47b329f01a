"""Rules `embed_originals` and `embed_anonymized`: identity embeddings of a store of images."""

from bauta.contract import CropContract
from bauta.faces import FaceTable
from bauta.job import job
from bauta.keys import describing
from bauta.models.configured import configured_models
from bauta.recognize import RECOGNIZERS
from bauta.recognize.run import embed_store
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.get("key"), snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    contract = CropContract(config["size"], config["margin"])
    ids = None
    if snakemake.input.get("split"):
        faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split)
        ids = faces.partition("dev", "test").face_ids
    name = snakemake.wildcards.recognizer.rpartition("-")[0]
    recognizer = RECOGNIZERS.load(name)(contract, configured_models(snakemake.config))
    embed_store(Store.open(snakemake.input.images), recognizer, snakemake.output.embeddings, ids=ids)
