"""Rules `attack_clear` and `attack`: the fixed identity attackers."""

from bauta.attack.lfw_pairs import read_pairs
from bauta.attack.read import Scored, read_embeddings
from bauta.attack.run import measure_attack, measure_clear
from bauta.job import job

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    scored = Scored.load(snakemake.input.alignment, snakemake.input.split)
    clear = read_embeddings(snakemake.input.originals, scored.faces.face_ids)
    options = {
        "dataset": snakemake.wildcards.dataset,
        "model": snakemake.wildcards.recognizer.rpartition("-")[0],
        "seed": config["seed"],
        "replicates": config["replicates"],
        "dev": scored.dev(snakemake.input.originals),
        "pairs": read_pairs(config["pairs"]["path"]) if config["pairs"] else None,
    }
    if snakemake.input.get("anonymized"):
        anonymized = read_embeddings(snakemake.input.anonymized, scored.faces.face_ids)
        options |= {"backend": snakemake.wildcards.backend, "setting": config["setting"]}
        options |= {"protocols": config["protocols"]}
        measurement = measure_attack(clear, anonymized, scored.labels, **options)
    else:
        measurement = measure_clear(clear, scored.labels, **options)
    known = {"split_sha256": scored.faces.split_sha256}
    if config["pairs"]:
        known["pairs_sha256"] = config["pairs"]["sha256"]
    measurement.with_provenance(**known).write(snakemake.output[0])
