"""Reading the inputs of the rules that train generators."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bauta.anonymize.reader import open_if_any
from bauta.datasets.face_table import FaceTable
from bauta.store import Store
from bauta.train.cgan.faces import GanSource


def gan_sources(
    datasets: Sequence[str],
    files: Iterable[tuple[str, str, str, str]],
    partition: str,
    *,
    photographs: Sequence[str],
    mesh: Sequence[str] = (),
    parsing: Sequence[str] = (),
    flame: Sequence[str] = (),
) -> dict[str, GanSource]:
    """Gather the faces of a partition, by dataset.

    Args:
        datasets: Names of the datasets.
        files: Crops, alignment, landmarks and split of each dataset.
        partition: Either `train` or `dev`.
        photographs: Datasets whose images generated images should look like.
        mesh: Store of MediaPipe's landmarks, if there is one.
        parsing: Store of the parsing, if there is one.
        flame: Store of FLAME parameters, if there is one.

    Raises:
        DataError: a table is missing or does not match the others.
        StoreError: a store is missing.
    """
    found = {}
    for name, (crops, alignment, landmarks, split) in zip(datasets, files, strict=True):
        found[name] = GanSource(
            crops=Store.open(Path(crops)),
            landmarks=Store.open(Path(landmarks)),
            mesh=open_if_any(mesh),
            parsing=open_if_any(parsing),
            faces=FaceTable.load(alignment, split).partition(partition),
            photographs=name in photographs,
            flame=open_if_any(flame),
        )
    return found
