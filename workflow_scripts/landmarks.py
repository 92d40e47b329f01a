"""Rule `landmarks`: landmarks of every crop."""

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import describing
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.run import locate_store
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage = snakemake.params.stage
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    landmarker = LANDMARKERS.load(snakemake.wildcards.landmarks)(
        contract, configured_models(snakemake.config)
    )
    locate_store(Store.open(snakemake.input.crops), landmarker, snakemake.output.landmarks)
