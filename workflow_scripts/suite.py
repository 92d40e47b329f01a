"""Rule `suite`: every attack on one set, and the one that counts."""

from bauta.attack.linking import output_digests
from bauta.attack.read import Scored, labels_of
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import read_releases
from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import background, choosing, lent
from bauta.measurement import measurement_or_reason
from bauta.store import Store
from bauta.workflow.job import job

read, stage = snakemake.input, snakemake.params.stage
place = stage["place"]
with job(snakemake.log[0]), measurement_or_reason(snakemake.output[0], "suite", **place):
    config, made_from = stage["config"], sources(read)
    scored, lender = Scored.load(read.alignment, read.split), config.get("lender")
    people = lent(FaceTable.load(read.own_alignment, read.own_split), lender)
    own = background(people, config["background"], seed=config["seed"])
    seen, chosen = read_releases(config["seen"], read.views, own, choosing(people), scored.faces)
    measurement = measure_suite(
        seen,
        labels_of(chosen),
        scored.labels,
        output_digests(Store.open(read.anonymized), scored.faces.face_ids),
        **place,
        protocols=config["protocols"],
        seed=config["seed"],
        replicates=config["replicates"],
        others=tuple(config.get("attacks", ())),
        lender=lender,
    )
    measurement.with_provenance(split_sha256=scored.faces.split_sha256).write(snakemake.output[0], made_from)
