"""Rule `detect`: the faces of every image."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.datasets.manifest import read_manifest
from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.inference.closing import closing
from bauta.io.tables import DETECTIONS, write_table
from bauta.keys.key import describing
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    # The verdict decides whether detection starts, but does not affect its result.
    made_from = sources(path for path in snakemake.input if path not in snakemake.input.verdict)
    manifest = read_manifest(snakemake.input.manifest)
    with closing(DETECTORS.load(config["detector"])(configured_models(snakemake.config))) as detector:
        found = detect_dataset(manifest, config["root"], detector, config["faces"], progress=True)
    write_table(found, snakemake.output.detections, DETECTIONS, made_from)
