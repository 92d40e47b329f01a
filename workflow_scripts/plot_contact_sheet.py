"""Rule `plot_contact_sheet`: originals beside anonymized faces."""

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.drawing.contact import contact_sheet
from bauta.frontier.result import Frontier, banner
from bauta.io.stamps import stamping
from bauta.workflow.job import job

with job(snakemake.log[0]), stamping(snakemake.output.made, [snakemake.output.picture]):
    sources(snakemake.input)
    dataset = snakemake.wildcards.dataset
    names = snakemake.params.stage["config"]["names"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").showcase()
    contact_sheet(
        snakemake.input.crops,
        dict(zip(names, snakemake.input.anonymized, strict=True)),
        faces.face_ids,
        snakemake.output.picture,
        dataset=dataset,
        captions=[expression or "" for expression in faces.expressions],
        warning=banner(Frontier.read(snakemake.input.metrics).failed_controls(dataset)),
    )
