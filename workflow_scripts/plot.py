"""Rule `plot`: one picture of one dataset."""

from bauta.cache.lineage import sources
from bauta.drawing.canvas import picture_or_reason
from bauta.frontier.plots.pictures import draw_picture
from bauta.frontier.result import Frontier
from bauta.io.stamps import stamping
from bauta.measurement import Measurement
from bauta.workflow.job import job

dataset, kind = snakemake.wildcards.dataset, snakemake.wildcards.kind
with (
    job(snakemake.log[0]),
    stamping(snakemake.output.made, [snakemake.output.picture]),
    picture_or_reason(snakemake.output.picture, f"{dataset}: {kind}"),
):
    sources(snakemake.input)
    draw_picture(
        kind,
        Frontier.read(snakemake.input.metrics),
        dataset,
        snakemake.output.picture,
        [Measurement.read(path) for path in snakemake.input.measurements],
    )
