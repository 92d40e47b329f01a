"""Rule `flame`: expression and pose of every face, as the user's own DECA has written them."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.io.fingerprint import check_unchanged
from bauta.io.tables import MANIFEST, read_table
from bauta.keys.key import describing
from bauta.preserve.flame import write_flame
from bauta.store import Store
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage, made_from = snakemake.params.stage, sources(snakemake.input)
    folder, manifest = Path(stage["config"]["folder"]), read_table(Path(snakemake.input.manifest), MANIFEST)
    images = dict(zip(manifest["image_id"].to_pylist(), manifest["path"].to_pylist(), strict=True))
    write_flame(Store.open(snakemake.input.crops), images, folder, snakemake.output.flame, made_from)
    check_unchanged(folder, stage["key"]["config"]["fingerprint"])
