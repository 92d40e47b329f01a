"""Rule `train_teacher`: an expression teacher from the labels of one or more datasets."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.io.infeasible import network_or_reason
from bauta.keys.key import describing
from bauta.train.job import labelled_faces, pseudo_labelled
from bauta.train.recipe import RECIPES
from bauta.train.teacher import train_teacher
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.key, snakemake.params.stage["key"]),
    network_or_reason(snakemake.output.teacher, pooled=not snakemake.wildcards.get("dataset")),
):
    stage, read = snakemake.params.stage, snakemake.input
    config, made_from = stage["config"], sources(read)
    files = list(zip(read.crops, read.alignment, read.split, read.manifest, strict=True))
    train = [labelled_faces(*one, "train") for one in files]
    for place, posteriors in zip(
        config.get("pseudo_labelled", ()), read.get("pseudo_labels", ()), strict=True
    ):
        train[place] = pseudo_labelled(train[place], posteriors)
    for place, share in enumerate(config.get("shares", ())):
        train[place] = train[place].share(share, seed=config["seed"])
    train_teacher(
        [part for part in train if len(part.faces)],
        labelled_faces(*files[0], "dev"),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.teacher,
        recipe=RECIPES[config["recipe"]],
        checkpoint=Path(f"{snakemake.output.teacher}.checkpoint"),
        threads=snakemake.threads,
        made_from=made_from,
        progress=True,
    )
