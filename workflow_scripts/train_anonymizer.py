"""Rules `train_anonymizer` and `train_pooled_generator`: a generator from the faces of datasets."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.io.infeasible import network_or_reason
from bauta.keys.key import describing
from bauta.train.cgan.job import gan_sources
from bauta.train.trainers import train_backend
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    describing(snakemake.output.key, snakemake.params.stage["key"]),
    network_or_reason(snakemake.output.generator, pooled=not snakemake.wildcards.get("dataset")),
):
    stage, read = snakemake.params.stage, snakemake.input
    config, made_from = stage["config"], sources(read)
    files = list(zip(read.crops, read.alignment, read.landmarks, read.split, strict=True))
    seen = {name: read.get(name) or [] for name in ("mesh", "parsing", "flame")}
    train, dev = (
        gan_sources(config["datasets"], files, partition, photographs=config["photographs"], **seen)
        for partition in ("train", "dev")
    )
    train_backend(
        config["backend"],
        config["options"],
        train,
        dev,
        configured_models(snakemake.config),
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.generator,
        checkpoint=Path(f"{snakemake.output.generator}.checkpoint"),
        threads=snakemake.threads,
        made_from=made_from,
        progress=True,
    )
