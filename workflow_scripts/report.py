"""Rule `report_page`: one self-contained page with everything."""

from bauta.frontier.report import write_report
from bauta.frontier.result import Frontier
from bauta.job import job
from bauta.made import marking

with job(snakemake.log[0]), marking(snakemake.output.made):
    frontier = Frontier.read(snakemake.input.metrics)
    write_report(frontier, snakemake.input.plots, snakemake.output.page)
