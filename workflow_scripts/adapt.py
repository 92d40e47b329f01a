"""Rule `adapt`: the attacker that is trained on anonymized faces."""

from bauta.attack.read import Scored, read_embeddings, read_pixels
from bauta.attack.run_adaptive import measure_adaptive
from bauta.cache.lineage import sources
from bauta.measurement import measurement_or_reason
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "adapt", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    scored = Scored.load(snakemake.input.alignment, snakemake.input.split)
    face_ids = scored.faces.face_ids
    measurement = measure_adaptive(
        read_embeddings(snakemake.input.originals, face_ids),
        read_embeddings(snakemake.input.anonymized, face_ids),
        scored.labels,
        read_pixels(snakemake.input.crops, face_ids),
        read_pixels(snakemake.input.images, face_ids),
        **place,
        seed=config["seed"],
        replicates=config["replicates"],
        others=tuple(config.get("attacks", ())),
    )
    measurement.with_provenance(split_sha256=scored.faces.split_sha256).write(snakemake.output[0], made_from)
