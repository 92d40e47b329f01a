"""Rule `landmarks`: landmarks of every crop."""

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import describing
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.run import locate_store
from bauta.models.closing import closing
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    load = LANDMARKERS.load(snakemake.wildcards.landmarks)
    with closing(load(contract, configured_models(snakemake.config))) as landmarker:
        locate_store(Store.open(snakemake.input.crops), landmarker, snakemake.output.landmarks)
