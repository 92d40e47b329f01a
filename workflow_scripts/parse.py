"""Rule `parse`: pixel classes of every crop."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.keys.key import describing
from bauta.parse import PARSERS
from bauta.parse.run import parse_store
from bauta.store import Store
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage, made_from = snakemake.params.stage, sources(snakemake.input)
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    parser = PARSERS.load(snakemake.wildcards.parsing)(contract, configured_models(snakemake.config))
    crops, landmarks = Store.open(snakemake.input.crops), Store.open(snakemake.input.landmarks)
    parse_store(crops, landmarks, parser, snakemake.output.parsing, made_from)
