"""Rule `train_teacher`: an expression teacher from the labels of one or more datasets."""

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
    sources = list(zip(read.crops, read.alignment, read.split, read.manifest, strict=True))
    train_teacher(
        [labelled_faces(*source, "train") for source in sources],
        labelled_faces(*sources[0], "dev"),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.teacher,
        recipe=RECIPES[config["recipe"]],
        checkpoint=Path(f"{snakemake.output.teacher}.checkpoint"),
        threads=snakemake.threads,
        progress=True,
    )
