"""Rule `expression`: what is left of the expression."""

from bauta.express.measure import measure_expression
from bauta.express.read import read_posteriors
from bauta.faces import FaceTable
from bauta.job import job
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    read = Store.open(snakemake.input.originals).attributes
    measurement = measure_expression(
        read_posteriors(snakemake.input.originals, faces.face_ids),
        read_posteriors(snakemake.input.anonymized, faces.face_ids),
        faces.expressions,
        faces.subjects,
        dataset=snakemake.wildcards.dataset,
        backend=snakemake.wildcards.backend,
        setting=config["setting"],
        model=snakemake.wildcards.teacher.rpartition("-")[0],
        knows=read["knows"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    hashes = {"split_sha256": faces.split_sha256, "teacher_sha256": read["teacher_sha256"]}
    measurement.with_provenance(**hashes).write(snakemake.output[0])
