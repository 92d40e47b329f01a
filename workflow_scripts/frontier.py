"""Rule `frontier`: the table, the numbers and the summary of the run."""

from bauta.cache.lineage import sources
from bauta.frontier.assemble import build_frontier
from bauta.frontier.paper_table import latex, markdown
from bauta.frontier.summary import summarize
from bauta.frontier.table import write_scores
from bauta.io.atomic import write_text
from bauta.io.stamps import stamping
from bauta.workflow.job import job

out = snakemake.output
tables = [out.table, out.tex, out.markdown, out.attacks, out.soft, out.teachers, out.significance]
with job(snakemake.log[0]), stamping(out.made, [*tables, out.training, out.scores, out.summary]):
    config = snakemake.params.stage["config"]
    frontier = build_frontier(
        snakemake.input.measurements,
        config,
        table=out.table,
        attacks=out.attacks,
        soft=out.soft,
        teachers=out.teachers,
        significance=out.significance,
        training=out.training,
        metrics=out.metrics,
        models=snakemake.params.models,
        limits=snakemake.params.limits,
        made_from=sources(snakemake.input),
    )
    write_text(out.tex, latex(frontier))
    write_text(out.markdown, markdown(frontier))
    write_scores(frontier, out.scores)
    write_text(out.summary, summarize(frontier, snakemake.params.files))
