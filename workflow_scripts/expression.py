"""Rule `expression`: the preservation of expressions."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.express.measure import measure_expression
from bauta.express.read import read_posteriors
from bauta.measurement import measurement_or_reason
from bauta.store import Store
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "expression", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    read = Store.open(snakemake.input.originals).attributes
    measurement = measure_expression(
        read_posteriors(snakemake.input.originals, faces.face_ids),
        read_posteriors(snakemake.input.anonymized, faces.face_ids),
        faces.expressions,
        faces.subjects,
        **place,
        knows=read["knows"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    hashes = {"split_sha256": faces.split_sha256, "teacher_sha256": read["teacher_sha256"]}
    measurement.with_provenance(**hashes).write(snakemake.output[0], made_from)
