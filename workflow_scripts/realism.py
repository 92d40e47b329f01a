"""Rule `realism`: the change in the images."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.datasets.face_table import FaceTable
from bauta.measurement import measurement_or_reason
from bauta.metrics.realism import inception, measure_realism, pair_metrics
from bauta.store import Store
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "realism", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    models = configured_models(snakemake.config)
    measurement = measure_realism(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.anonymized),
        faces.subjects,
        pairwise=pair_metrics(config["metrics"], models),
        fid_network=inception(config["metrics"], models),
        **place,
        seed=config["seed"],
        replicates=config["replicates"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
