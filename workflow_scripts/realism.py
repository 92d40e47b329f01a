"""Rule `realism`: how far the pictures moved."""

from bauta.faces import FaceTable
from bauta.job import job
from bauta.metrics.realism import measure_realism
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    measurement = measure_realism(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.anonymized),
        faces.subjects,
        dataset=snakemake.wildcards.dataset,
        backend=snakemake.wildcards.backend,
        setting=config["setting"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0])
