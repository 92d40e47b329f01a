"""A teacher by name, whether it was trained on the dataset or comes with its weights."""

from pathlib import Path

from bauta.contract import CropContract
from bauta.express import TEACHERS, TRAINED
from bauta.express.card import TeacherCard
from bauta.models.store import ModelStore
from bauta.models.usage import USED_BY, hashes_used_by
from bauta.protocols import ExpressionTeacher


def open_teacher(
    name: str, contract: CropContract, models: ModelStore, *, trained: Path | str, threads: int = 1
) -> ExpressionTeacher:
    """Load a teacher.

    Args:
        name: Name in `TEACHERS`.
        contract: Geometry of the crops that will be read.
        models: Where the weights of pretrained teachers are found.
        trained: Folder of the weights of one that the workflow trains.
        threads: CPU threads of one that the workflow trains.

    Raises:
        ModelError: its weights are missing or are not the ones that are expected.
    """
    teacher = TEACHERS.load(name)
    if name in TRAINED:
        return teacher.load(trained, contract, threads=threads)
    return teacher(contract, models)


def weights_sha256(name: str, models: ModelStore, *, trained: Path | str) -> str:
    """SHA-256 of a teacher's weights, for the provenance of what it reads.

    Raises:
        ModelError: the weights are missing.
    """
    if name in TRAINED:
        return TeacherCard.read(Path(trained)).weights_sha256
    return hashes_used_by(name, models)[USED_BY[name][0]]
