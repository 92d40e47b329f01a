"""Rule `express_learner`: what a trained network reads in the real faces of one dataset."""

from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.express.run import predict_store
from bauta.express.trained import TrainedTeacher
from bauta.keys.key import describing
from bauta.store import Store, store_or_reason
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.key, snakemake.params.stage["key"]),
    store_or_reason(snakemake.output.posteriors),
):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    network = TrainedTeacher.load(
        snakemake.input.network, CropContract(config["size"], config["margin"]), threads=snakemake.threads
    )
    predict_store(
        Store.open(snakemake.input.images),
        network,
        snakemake.output.posteriors,
        ids=faces.face_ids,
        attributes={
            "teacher_sha256": network.card.weights_sha256,
            "trained_on": sum(network.card.train_counts.values()),
        },
        sources=made_from,
    )
