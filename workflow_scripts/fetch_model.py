"""Rule `fetch_model`: find or download a model's file, and check it."""

from bauta.config.model_store import configured_models
from bauta.models.record import write_record
from bauta.workflow.job import job

with job(snakemake.log[0]):
    models = configured_models(snakemake.config, fetch=True)
    write_record(snakemake.wildcards.model, models, snakemake.output.record)
