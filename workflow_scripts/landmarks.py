"""Rule `landmarks`: landmarks of every crop."""

from bauta.cache.lineage import sources
from bauta.config.model_store import configured_models
from bauta.contract import CropContract
from bauta.inference.closing import closing
from bauta.keys.key import describing
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.run import locate_store
from bauta.store import Store
from bauta.workflow.job import job

with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
    stage, made_from = snakemake.params.stage, sources(snakemake.input)
    contract = CropContract(stage["config"]["size"], stage["config"]["margin"])
    load = LANDMARKERS.load(snakemake.wildcards.landmarks)
    with closing(load(contract, configured_models(snakemake.config))) as landmarker:
        locate_store(Store.open(snakemake.input.crops), landmarker, snakemake.output.landmarks, made_from)
