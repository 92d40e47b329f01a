"""Rule `plot_generator`: a picture of a generator's training."""

import shutil
from pathlib import Path

from bauta.job import job

with job(snakemake.log[0]):
    folder = Path(str(snakemake.input.generator))
    shutil.copyfile(folder / f"{snakemake.wildcards.picture}.png", snakemake.output[0])
