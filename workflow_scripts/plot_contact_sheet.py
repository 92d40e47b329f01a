"""Rules `plot_contact_sheet` and `plot_restored`: originals beside anonymized and restored faces."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.drawing.contact import contact_sheet
from bauta.frontier.result import Frontier, banner
from bauta.io.stamps import stamping
from bauta.workflow.job import job

with job(snakemake.log[0]), stamping(snakemake.output.made, [snakemake.output.picture]):
    sources(snakemake.input)
    dataset = snakemake.wildcards.dataset
    config = snakemake.params.stage["config"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").showcase()
    contact_sheet(
        snakemake.input.crops,
        dict(zip(config["names"], snakemake.input.rows, strict=True)),
        faces.face_ids,
        snakemake.output.picture,
        title=f"{config['title']} {dataset}",
        captions=[expression or "" for expression in faces.expressions],
        warning=banner(Frontier.read(snakemake.input.metrics).failed_controls(dataset)),
    )
