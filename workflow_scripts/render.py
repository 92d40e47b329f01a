"""Rule `render`: the images of synthfaces and the truth about them."""

from pathlib import Path

from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.job import job
from bauta.keys import describing

# The worker processes import this script again, as another module.
if __name__ == "__main__":
    with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
        stage = snakemake.params.stage
        folder = Path(snakemake.output.truth).parent
        render_dataset(folder, **stage["config"], processes=snakemake.threads, progress=True)
