"""Reading the inputs of the rules that train teachers."""

from pathlib import Path

from bauta.datasets.face_table import FaceTable
from bauta.datasets.manifest import read_manifest
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
