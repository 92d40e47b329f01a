"""Rule `plot`: one picture of one dataset, in the formats of a screen and of a paper, and its data."""

from bauta.cache.lineage import sources
from bauta.drawing.page import PAGES
from bauta.frontier.plots.pictures import draw_figure
from bauta.frontier.result import Frontier
from bauta.io.stamps import stamping
from bauta.measurement import Measurement
from bauta.workflow.job import job

out = snakemake.output
pictures = [out.picture, out.svg, out.pdf]
with job(snakemake.log[0]), stamping(out.made, [*pictures, out.data]):
    sources(snakemake.input)
    draw_figure(
        snakemake.wildcards.kind,
        Frontier.read(snakemake.input.metrics),
        snakemake.wildcards.dataset,
        pictures,
        data=out.data,
        measurements=[Measurement.read(path) for path in snakemake.input.measurements],
        page=PAGES[snakemake.params.stage["config"]["style"]],
    )
