"""Rule `align`: the transform of every face to the crop contract."""

from bauta.alignment.align import align_detections
from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.io.tables import ALIGNMENT, DETECTIONS, read_table, write_table
from bauta.workflow.job import job

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    contract = CropContract(config["size"], config["margin"])
    aligned = align_detections(read_table(snakemake.input.detections, DETECTIONS), contract)
    write_table(aligned, snakemake.output.alignment, ALIGNMENT, sources(snakemake.input))
