"""Rule `landmarks`: landmarks of every crop."""

from bauta.contract import CropContract
from bauta.job import job
from bauta.keys import write_key
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.run import locate_store
from bauta.models.configured import configured_models
from bauta.store import Store

with job(snakemake.log[0]):
    stage = snakemake.params.stage
    write_key(snakemake.output.key, stage["key"])
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    landmarker = LANDMARKERS.load(snakemake.wildcards.landmarks)(
        contract, configured_models(snakemake.config)
    )
    locate_store(Store.open(snakemake.input.crops), landmarker, snakemake.output.landmarks)
