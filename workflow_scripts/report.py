"""Rule `report_page`: one self-contained page with everything."""

from bauta.frontier.report import write_report
from bauta.frontier.result import Frontier
from bauta.job import job

with job(snakemake.log[0]):
    frontier = Frontier.read(snakemake.input.metrics)
    write_report(frontier, snakemake.input.plots, snakemake.output[0])
