"""Rule `render`: the images of synthfaces and their ground truth."""

from pathlib import Path

from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.keys.key import describing
from bauta.workflow.job import job

# Worker processes import this script again, under another module name.
if __name__ == "__main__":
    with job(snakemake.log[0]), describing(snakemake.output.key, snakemake.params.stage["key"]):
        stage = snakemake.params.stage
        folder = Path(snakemake.output.truth).parent
        render_dataset(folder, **stage["config"], processes=snakemake.threads, progress=True)
