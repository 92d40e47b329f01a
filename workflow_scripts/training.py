"""Rule `training`: how well networks read real faces that learnt from real, anonymized or both faces."""

from bauta.cache.lineage import sources
from bauta.express.training import measure_training, read_real_faces
from bauta.measurement import measurement_or_reason
from bauta.workflow.job import job

stage, read = snakemake.params.stage, snakemake.input
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "training", **stage["place"]):
    config, made_from = stage["config"], sources(read)
    tested = read_real_faces(
        config["tested"], read.alignments, read.splits, read.posteriors, trainings=config["trainings"]
    )
    measure_training(
        list(tested), **stage["place"], seed=config["seed"], replicates=config["replicates"]
    ).write(snakemake.output[0], made_from)
