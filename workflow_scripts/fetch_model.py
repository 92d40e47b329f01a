"""Rule `fetch_model`: a model's file, found or downloaded, and checked."""

from bauta.job import job
from bauta.models.configured import configured_models
from bauta.models.record import write_record

with job(snakemake.log[0]):
    write_record(snakemake.wildcards.model, configured_models(snakemake.config), snakemake.output.record)
