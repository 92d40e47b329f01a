"""Rule `plot`: one picture of one dataset."""

from bauta.frontier.run import build_picture
from bauta.job import job

with job(snakemake.log[0]):
    build_picture(
        snakemake.wildcards.kind,
        dataset=snakemake.wildcards.dataset,
        metrics=snakemake.input.metrics,
        measurements=snakemake.input.measurements,
        path=snakemake.output[0],
    )
