"""Rule `frontier`: the table, the numbers and the summary of the run."""

from bauta.files import write_text
from bauta.frontier.run import build_frontier
from bauta.frontier.scores import write_scores
from bauta.frontier.summary import summarize
from bauta.job import job
from bauta.made import marking

with job(snakemake.log[0]), marking(snakemake.output.made):
    config = snakemake.params.stage["config"]
    out = snakemake.output
    frontier = build_frontier(
        snakemake.input.measurements,
        config,
        table=out.table,
        metrics=out.metrics,
        models=snakemake.params.models,
        limits=snakemake.params.limits,
    )
    write_scores(frontier, out.scores)
    write_text(out.summary, summarize(frontier, snakemake.params.files))
