"""Rule `view`: what an attacker sees of one set."""

from bauta.anonymize.open import open_anonymizer
from bauta.attack.views import VIEWS
from bauta.attack.views.run import AttackedStores, look
from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.io.keyed_names import split_digest
from bauta.keys.key import describing
from bauta.recognize import RECOGNIZERS
from bauta.store import store_or_reason
from bauta.workflow.job import job

read, stage = snakemake.input, snakemake.params.stage
with (
    job(snakemake.log[0]),
    describing(snakemake.output.key, stage["key"]),
    store_or_reason(snakemake.output.view),
):
    config, made_from = stage["config"], sources(read)
    contract = CropContract(config["crop"]["size"], config["crop"]["margin"])
    models, trained = configured_models(snakemake.config), next(iter(read.generator), None)
    name, _ = split_digest(snakemake.wildcards.recognizer)
    look(
        VIEWS.load(config["view"]),
        FaceTable.load(read.alignment, read.split),
        FaceTable.load(read.own_alignment, read.own_split),
        AttackedStores.open(read),
        snakemake.output.view,
        backend=open_anonymizer(config["backend"], config["options"], contract, models, trained=trained),
        recognizer=RECOGNIZERS.load(name)(contract, models),
        background=config["background"],
        lender=config.get("lender"),
        reuse=config["view"] == "as_is" and config["jpeg"] is None,
        jpeg=config["jpeg"],
        seed=config["seed"],
        sources=made_from,
    )
