"""Rule `realism`: how far the pictures moved."""

from bauta.faces import FaceTable
from bauta.job import job
from bauta.metrics.realism import inception, measure_realism, pair_metrics
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test")
    models = configured_models(snakemake.config)
    measurement = measure_realism(
        Store.open(snakemake.input.crops),
        Store.open(snakemake.input.anonymized),
        faces.subjects,
        pairwise=pair_metrics(config["metrics"], models),
        fid_network=inception(config["metrics"], models),
        dataset=snakemake.wildcards.dataset,
        backend=snakemake.wildcards.backend,
        setting=config["setting"],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0])
