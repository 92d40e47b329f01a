"""Rule `preservation`: what is kept of pose, landmarks, gaze and the like."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.measurement import measurement_or_reason
from bauta.preserve.measure import measure_preservation
from bauta.preserve.run import read_estimates
from bauta.preserve.truth import rendered_truth
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "preservation", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    truth = None
    if rendered := snakemake.input.get("truth"):
        truth = rendered_truth(str(rendered), snakemake.input.alignment, faces.face_ids, config["seed"])
    measurement = measure_preservation(
        read_estimates(snakemake.input.originals, faces.face_ids),
        read_estimates(snakemake.input.anonymized, faces.face_ids),
        faces.face_ids,
        faces.subjects,
        **place,
        seed=config["seed"],
        replicates=config["replicates"],
        truth=truth,
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
