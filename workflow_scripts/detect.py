"""Rule `detect`: the faces of every image."""

from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.job import job
from bauta.keys import write_key
from bauta.manifest import read_manifest
from bauta.models.configured import configured_models
from bauta.tables import DETECTIONS, write_table

with job(snakemake.log[0]):
    stage = snakemake.params.stage
    write_key(snakemake.output.key, stage["key"])
    config = stage["config"]
    detector = DETECTORS.load(config["detector"])(configured_models(snakemake.config))
    manifest = read_manifest(snakemake.input.manifest)
    found = detect_dataset(manifest, config["root"], detector, config["faces"], progress=True)
    write_table(found, snakemake.output.detections, DETECTIONS)
