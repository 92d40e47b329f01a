"""Rule `adapt`: the attacker that is trained on anonymized faces."""

from bauta.attack.read import Scored, read_embeddings, read_pixels
from bauta.attack.run_adaptive import measure_adaptive
from bauta.job import job

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    scored = Scored.load(snakemake.input.alignment, snakemake.input.split)
    face_ids = scored.faces.face_ids
    measurement = measure_adaptive(
        read_embeddings(snakemake.input.originals, face_ids),
        read_embeddings(snakemake.input.anonymized, face_ids),
        scored.labels,
        read_pixels(snakemake.input.crops, face_ids),
        read_pixels(snakemake.input.images, face_ids),
        dataset=snakemake.wildcards.dataset,
        backend=snakemake.wildcards.backend,
        setting=config["setting"],
        model=snakemake.wildcards.recognizer.rpartition("-")[0],
        seed=config["seed"],
        replicates=config["replicates"],
    )
    measurement.with_provenance(split_sha256=scored.faces.split_sha256).write(snakemake.output[0])
