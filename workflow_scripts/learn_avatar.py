"""Rule `learn_avatar`: the avatar's book from the faces of datasets."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.keys.key import describing
from bauta.train.avatar.job import avatar_sources, learn_avatar
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    config, read = snakemake.params.stage["config"], snakemake.input
    made_from = sources(read)
    files = list(zip(read.crops, read.alignment, read.landmarks, read.split, strict=True))
    learn_avatar(
        avatar_sources(config["datasets"], files, photographs=config["photographs"]),
        configured_models(snakemake.config),
        recognizers=config["recognizers"],
        parser=config["parser"],
        seed=config["seed"],
        contract=CropContract(config["size"], config["margin"]),
        out=snakemake.output.book,
        made_from=made_from,
    )
