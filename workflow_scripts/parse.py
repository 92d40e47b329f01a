"""Rule `parse`: pixel classes of every crop."""

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import describing
from bauta.models.configured import configured_models
from bauta.parse import PARSERS
from bauta.parse.run import parse_store
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    parser = PARSERS.load(snakemake.wildcards.parsing)(contract, configured_models(snakemake.config))
    crops, landmarks = Store.open(snakemake.input.crops), Store.open(snakemake.input.landmarks)
    parse_store(crops, landmarks, parser, snakemake.output.parsing)
