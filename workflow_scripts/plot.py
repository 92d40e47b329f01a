"""Rule `plot`: one picture of one dataset."""

from bauta.frontier.run import build_picture
from bauta.job import job
from bauta.made import marking

with job(snakemake.log[0]), marking(snakemake.output.made):
    build_picture(
        snakemake.wildcards.kind,
        dataset=snakemake.wildcards.dataset,
        metrics=snakemake.input.metrics,
        measurements=snakemake.input.measurements,
        path=snakemake.output.picture,
    )
