"""Rule `train_adapted_teacher`: an expression teacher that learns from anonymized faces."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.io.infeasible import network_or_reason
from bauta.keys.key import describing
from bauta.train.job import labelled_faces
from bauta.train.recipe import RECIPES
from bauta.train.teacher import train_teacher
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.key, snakemake.params.stage["key"]),
    network_or_reason(snakemake.output.teacher),
):
    stage, read = snakemake.params.stage, snakemake.input
    config, made_from = stage["config"], sources(read)
    tables = (read.alignment, read.split, read.manifest)
    train_teacher(
        [
            labelled_faces(read.anonymized if anonymized else read.crops, *tables, "train")
            for anonymized in config["anonymized"]
        ],
        labelled_faces(read.anonymized, *tables, "dev"),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.teacher,
        recipe=RECIPES[config["recipe"]],
        checkpoint=Path(f"{snakemake.output.teacher}.checkpoint"),
        threads=snakemake.threads,
        made_from=made_from,
        # A teacher that cannot learn anything from anonymized faces is a result, too.
        must_learn=False,
        progress=True,
    )
