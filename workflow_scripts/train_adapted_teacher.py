"""Rule `train_adapted_teacher`: an expression teacher that learns from anonymized faces."""

from pathlib import Path

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import describing
from bauta.train.job import labelled_faces
from bauta.train.recipe import RECIPES
from bauta.train.teacher import train_teacher

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage, read = snakemake.params.stage, snakemake.input
    config = stage["config"]
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
        # A reader that learns nothing from what an anonymizer leaves is a result.
        must_learn=False,
        progress=True,
    )
