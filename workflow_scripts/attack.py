"""Rules `attack_clear` and `attack`: the fixed identity attackers."""

from bauta.attack.pair_files import read_pair_files
from bauta.attack.read import Scored, read_embeddings
from bauta.attack.run import measure_attack, measure_clear
from bauta.cache.lineage import sources
from bauta.measurement import measurement_or_reason
from bauta.workflow.job import job

place = snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "attack", **place):
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    scored = Scored.load(snakemake.input.alignment, snakemake.input.split)
    clear = read_embeddings(snakemake.input.originals, scored.faces.face_ids)
    options = {
        "dataset": place["dataset"],
        "model": place["model"],
        "seed": config["seed"],
        "replicates": config["replicates"],
        "dev": scored.dev(snakemake.input.originals),
        "pairs": read_pair_files(**config["pairs"]) if config["pairs"] else None,
    }
    if snakemake.input.get("anonymized"):
        anonymized = read_embeddings(snakemake.input.anonymized, scored.faces.face_ids)
        options |= {**place, "protocols": config["protocols"]}
        measurement = measure_attack(clear, anonymized, scored.labels, **options)
    else:
        measurement = measure_clear(clear, scored.labels, **options)
    known = {"split_sha256": scored.faces.split_sha256}
    if config["pairs"]:
        known["pairs_sha256"] = config["pairs"]["sha256"]
    measurement.with_provenance(**known).write(snakemake.output[0], made_from)
