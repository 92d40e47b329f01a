"""Rule `coverage`: the number of faces that the scores are based on."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.datasets.face_table import FaceTable
from bauta.detect import DETECTORS
from bauta.inference.closing import closing
from bauta.measurement import measurement_or_reason
from bauta.metrics.coverage import measure_coverage
from bauta.store import Store
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "coverage", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    anonymized = Store.open(snakemake.input.anonymized)
    with closing(DETECTORS.load(config["crop"]["detector"])(configured_models(snakemake.config))) as detector:
        measurement = measure_coverage(
            anonymized,
            faces,
            detector,
            **place,
            seed=config["seed"],
            replicates=config["replicates"],
        )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
