"""Rule `fetch_model`: a model's file, found or downloaded, and checked."""

from bauta.job import job
from bauta.models.configured import configured_models
from bauta.models.record import write_record

with job(snakemake.log[0]):
    models = configured_models(snakemake.config, fetch=True)
    write_record(snakemake.wildcards.model, models, snakemake.output.record)
