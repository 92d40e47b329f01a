"""Rule `coverage`: how many faces the scores rest on."""

from bauta.detect import DETECTORS
from bauta.faces import FaceTable
from bauta.job import job
from bauta.metrics.coverage import measure_coverage
from bauta.models.closing import closing
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    with closing(DETECTORS.load(config["crop"]["detector"])(configured_models(snakemake.config))) as detector:
        measurement = measure_coverage(
            Store.open(snakemake.input.anonymized),
            faces,
            detector,
            dataset=snakemake.wildcards.dataset,
            backend=snakemake.wildcards.backend,
            setting=config["setting"],
            seed=config["seed"],
            replicates=config["replicates"],
        )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0])
