"""Rules `train_anonymizer` and `train_pooled_generator`: a generator from the faces of datasets."""

from pathlib import Path

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import describing
from bauta.models.configured import configured_models
from bauta.train.cgan.anonymizer import train_anonymizer
from bauta.train.cgan.job import gan_sources
from bauta.train.cgan.recipe import SHIPPED, recipe_of

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage, read = snakemake.params.stage, snakemake.input
    config = stage["config"]
    train, dev = (
        gan_sources(
            config["datasets"],
            zip(read.crops, read.alignment, read.landmarks, read.split, strict=True),
            partition,
            photographs=config["photographs"],
            mesh=read.get("mesh") or [],
            parsing=read.get("parsing") or [],
        )
        for partition in ("train", "dev")
    )
    train_anonymizer(
        train,
        dev,
        recipe_of(config["options"]) if config["options"] else SHIPPED,
        configured_models(snakemake.config),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.generator,
        checkpoint=Path(f"{snakemake.output.generator}.checkpoint"),
        threads=snakemake.threads,
        progress=True,
    )
