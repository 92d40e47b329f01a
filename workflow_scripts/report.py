"""Rule `report_page`: one self-contained page with all results."""

from pathlib import Path

from bauta.cache.lineage import sources
from bauta.frontier.page.write import write_report
from bauta.frontier.result import Frontier
from bauta.io.stamps import check_results, stamping
from bauta.measurement import Measurement
from bauta.workflow.job import job

with job(snakemake.log[0]), stamping(snakemake.output.made, [snakemake.output.page]):
    sources(snakemake.input)
    check_results(Path(snakemake.output.page).parent, snakemake.input.plots)
    frontier = Frontier.read(snakemake.input.metrics)
    measurements = [Measurement.read(path) for path in snakemake.input.measurements]
    write_report(frontier, snakemake.input.plots, snakemake.output.page, measurements)
