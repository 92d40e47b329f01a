"""Reading the inputs of the rules that train teachers."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.datasets.face_table import FaceTable
from bauta.datasets.manifest import read_manifest
from bauta.express.read import read_posteriors
from bauta.labels import EXPRESSIONS
from bauta.store import Store
from bauta.train.views import LabelledFaces


def labelled_faces(
    crops: Path | str, alignment: Path | str, split: Path | str, manifest: Path | str, partition: str
) -> LabelledFaces:
    """Read the faces of a partition, with the annotators' votes where the manifest has them.

    Raises:
        DataError: a table is missing or does not match the others.
        StoreError: the crops are missing.
    """
    images = read_manifest(manifest)
    shares = zip(images["image_id"].to_pylist(), images["distribution"].to_pylist(), strict=True)
    votes = {image_id: share for image_id, share in shares if share is not None}
    return LabelledFaces(Store.open(crops), FaceTable.load(alignment, split).partition(partition), votes)


def pseudo_labelled(faces: LabelledFaces, posteriors: Path | str) -> LabelledFaces:
    """The same faces with what a teacher reads in them in the place of their labels.

    The posteriors are the targets (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network",
    2015, section 2, at temperature 1). A face that the teacher could not read is left out.

    Args:
        faces: Training faces.
        posteriors: Store of the posteriors of the training faces by a teacher.

    Raises:
        StoreError: the store lacks a face.
    """
    read = read_posteriors(posteriors, faces.faces.face_ids)
    kept = faces.faces.take(np.flatnonzero(read.ok))
    said = read.probabilities[read.ok]
    labels = tuple(EXPRESSIONS[label] for label in said.argmax(axis=1).tolist())
    votes = dict(zip(kept.face_ids, said.tolist(), strict=True))
    return LabelledFaces(faces.crops, replace(kept, expressions=labels), votes)
