"""Rules `embed_originals`, `embed_anonymized` and `embed_people`: identity embeddings of images."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import faces_of
from bauta.io.infeasible import require
from bauta.io.keyed_names import split_digest
from bauta.judge.feasibility import why_unidentified
from bauta.keys.key import describing
from bauta.recognize import RECOGNIZERS
from bauta.recognize.run import embed_store
from bauta.store import Store, store_or_reason
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.get("key"), snakemake.params.stage["key"]),
    store_or_reason(snakemake.output.embeddings),
):
    stage, made_from = snakemake.params.stage, sources(snakemake.input)
    config = stage["config"]
    contract = CropContract(config["size"], config["margin"])
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split)
    # An attacker's own people may be lent by a dataset of which nothing is scored, and where nobody is known,
    # attributes are read.
    if config.get("identified"):
        require(why_unidentified(faces))
    originals = not snakemake.wildcards.get("backend")
    ids = faces_of(faces, ("dev", "test"), config).face_ids if originals else None
    images = Store.open(snakemake.input.images)
    name, _ = split_digest(snakemake.wildcards.recognizer)
    recognizer = RECOGNIZERS.load(name)(contract, configured_models(snakemake.config))
    embed_store(images, recognizer, snakemake.output.embeddings, ids=ids, sources=made_from)
