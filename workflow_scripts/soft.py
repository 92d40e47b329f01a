"""Rule `soft`: what is read of people besides their identity, and who of each group is identified."""

from bauta.attack.read_soft import read_soft
from bauta.attack.run_soft import measure_soft
from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.measurement import measurement_or_reason
from bauta.workflow.job import job

read, place = snakemake.input, snakemake.params.stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "soft", **place):
    config, made_from = snakemake.params.stage["config"], sources(read)
    faces = FaceTable.load(read.alignment, read.split)
    scored, own, labels = read_soft(
        faces,
        alignment=read.alignment,
        attributes=read.attributes,
        originals=read.originals,
        anonymized=read.anonymized,
        own=[read.own] if isinstance(read.own, str) else read.own,
        background=config["background"],
        seed=config["seed"],
    )
    measurement = measure_soft(
        scored, own, labels, **place, seed=config["seed"], replicates=config["replicates"]
    )
    measurement.with_provenance(split_sha256=faces.split_sha256).write(snakemake.output[0], made_from)
