"""Rule `train_teacher`: an expression teacher from the dataset's own labels."""

from bauta.contract import CropContract
from bauta.faces import FaceTable
from bauta.job import job
from bauta.store import Store
from bauta.train.teacher import train_teacher

with job(snakemake.log[0]):
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split)
    train_teacher(
        Store.open(snakemake.input.crops),
        faces.partition("train"),
        faces.partition("dev"),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.teacher,
        threads=snakemake.threads,
        progress=True,
    )
