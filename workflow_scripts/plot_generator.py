"""Rule `plot_generator`: a picture of a generator's training."""

from pathlib import Path

from bauta.files import write_bytes
from bauta.job import job

with job(snakemake.log[0]):
    picture = Path(snakemake.input.generator) / f"{snakemake.wildcards.picture}.png"
    write_bytes(snakemake.output[0], picture.read_bytes())
