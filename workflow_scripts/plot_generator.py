"""Rule `plot_generator`: a picture of a generator's training."""

from pathlib import Path

from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.lineage import sources
from bauta.drawing.canvas import picture_or_reason
from bauta.io.atomic import write_bytes
from bauta.workflow.job import job

with (
    job(snakemake.log[0]),
    picture_or_reason(snakemake.output[0], f"Generator of {snakemake.wildcards.dataset}"),
):
    sources(snakemake.input)
    generator = Path(snakemake.input.generator)
    GeneratorCard.read(generator)
    write_bytes(snakemake.output[0], (generator / f"{snakemake.wildcards.picture}.png").read_bytes())
