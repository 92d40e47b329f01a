"""Rules `estimate_originals` and `estimate_anonymized`: pose, landmarks, gaze and the like of images."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.inference.closing import closing
from bauta.io.keyed_names import split_digest
from bauta.keys.key import describing
from bauta.preserve import ESTIMATORS
from bauta.preserve.run import estimate_store
from bauta.store import Store, store_or_reason
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.get("key"), snakemake.params.stage["key"]),
    store_or_reason(snakemake.output.estimates),
):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    ids = landmarks = None
    if snakemake.input.get("split"):
        ids = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").face_ids
    if located := snakemake.input.get("landmarks"):
        landmarks = Store.open(str(located))
    images = Store.open(snakemake.input.images)
    load = ESTIMATORS.load(split_digest(snakemake.wildcards.estimator)[0])
    contract = CropContract(config["size"], config["margin"])
    with closing(load(contract, configured_models(snakemake.config))) as estimator:
        estimate_store(
            images, estimator, snakemake.output.estimates, ids=ids, landmarks=landmarks, sources=made_from
        )
