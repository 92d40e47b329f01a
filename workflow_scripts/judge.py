"""Rule `judge`: the measurements that a dataset supports, before face detection."""

import sys

from bauta.cache.lineage import sources
from bauta.datasets.face_table import FaceTable
from bauta.judge.judge import judge_dataset
from bauta.workflow.job import job

with job(snakemake.log[0]) as log:
    config, made_from = snakemake.params.stage["config"], sources(snakemake.input)
    dataset = snakemake.wildcards.dataset
    images = FaceTable.of_images(snakemake.input.manifest, snakemake.input.split)
    verdict = judge_dataset(images, dataset=dataset, **config)
    for line in verdict.lines():
        log.warning("%s", line)
        sys.stdout.write(f"{dataset}: {line}\n")
    verdict.write(snakemake.output.verdict, made_from)
