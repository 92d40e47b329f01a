"""Rule `significance`: tests between sets of how far a teacher's posteriors change."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.express.read import posteriors_or_reason, read_posteriors
from bauta.express.significance import Place, measure_significance
from bauta.measurement import measurement_or_reason
from bauta.store import Store
from bauta.workflow.job import job

stage = snakemake.params.stage
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "significance", **stage["place"]):
    config, made_from = stage["config"], sources(snakemake.input)
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    read = Store.open(snakemake.input.originals).attributes
    found = zip(config["names"], snakemake.input.anonymized, strict=True)
    measurement = measure_significance(
        read_posteriors(snakemake.input.originals, faces.face_ids),
        {Place(*name): posteriors_or_reason(path, faces.face_ids) for name, path in found},
        faces.expressions,
        faces.subjects,
        dataset=stage["place"]["dataset"],
        model=stage["place"]["model"],
        knows=read["knows"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    hashes = {"split_sha256": faces.split_sha256, "teacher_sha256": read["teacher_sha256"]}
    measurement.with_provenance(**hashes).write(snakemake.output[0], made_from)
