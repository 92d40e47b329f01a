"""Rule `train_learner`: a network that learns expressions from real, anonymized or both faces."""

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
    network_or_reason(snakemake.output.network),
):
    config, read, made_from = snakemake.params.stage["config"], snakemake.input, sources(snakemake.input)
    tables = (read.alignment, read.split, read.manifest)
    train_teacher(
        [labelled_faces(faces, *tables, "train") for faces in read.faces],
        # The temperature, which decides over no prediction, is fitted on the last kind that it learns from.
        labelled_faces(read.faces[-1], *tables, "dev"),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.network,
        recipe=RECIPES[config["recipe"]],
        checkpoint=Path(f"{snakemake.output.network}.checkpoint"),
        threads=snakemake.threads,
        made_from=made_from,
        # A network that cannot learn anything from anonymized faces is a result, too.
        must_learn=False,
        progress=True,
    )
