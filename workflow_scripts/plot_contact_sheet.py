"""Rule `plot_contact_sheet`: originals beside anonymized faces."""

from bauta.faces import FaceTable
from bauta.frontier.run import build_contact_sheet
from bauta.job import job
from bauta.made import marking

with job(snakemake.log[0]), marking(snakemake.output.made):
    names = snakemake.params.stage["config"]["names"]
    faces = FaceTable.load(snakemake.input.alignment, snakemake.input.split).partition("test").showcase()
    build_contact_sheet(
        True,
        dataset=snakemake.wildcards.dataset,
        crops=snakemake.input.crops,
        anonymized=dict(zip(names, snakemake.input.anonymized, strict=True)),
        faces=faces.face_ids,
        captions=[expression or "" for expression in faces.expressions],
        metrics=snakemake.input.metrics,
        path=snakemake.output.picture,
    )
