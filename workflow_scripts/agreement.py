"""Rule `agreement`: how far the teachers agree on the clear faces."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.express.agreement import measure_agreement
from bauta.express.read import read_posteriors
from bauta.measurement import measurement_or_reason
from bauta.workflow.job import job

stage = snakemake.params.stage
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "agreement", **stage["place"]):
    config, made_from = stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    found = zip(stage["config"]["teachers"], snakemake.input.posteriors, strict=True)
    measurement = measure_agreement(
        {name: read_posteriors(path, faces.face_ids) for name, path in found},
        faces.subjects,
        dataset=stage["place"]["dataset"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
