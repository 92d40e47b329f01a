"""Rule `detect`: the faces of every image."""

from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.job import job
from bauta.keys import describing
from bauta.manifest import read_manifest
from bauta.models.closing import closing
from bauta.models.configured import configured_models
from bauta.tables import DETECTIONS, write_table

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    config = stage["config"]
    manifest = read_manifest(snakemake.input.manifest)
    with closing(DETECTORS.load(config["detector"])(configured_models(snakemake.config))) as detector:
        found = detect_dataset(manifest, config["root"], detector, config["faces"], progress=True)
    write_table(found, snakemake.output.detections, DETECTIONS)
