"""Opening a teacher by name, whether the workflow trains it or it comes with weights."""

from pathlib import Path

from bauta.contract import CropContract
from bauta.express import TEACHERS, TRAINED
from bauta.express.card import TeacherCard
from bauta.models.store import ModelStore
from bauta.models.usage import UNPINNED
from bauta.protocols import ExpressionTeacher


def open_teacher(
    name: str, contract: CropContract, models: ModelStore, *, trained: Path | str, threads: int = 1
) -> ExpressionTeacher:
    """Load a teacher.

    Args:
        name: Name in `TEACHERS`.
        contract: Geometry of the crops that it will see.
        models: Store that holds the weights of pretrained teachers.
        trained: Folder of the weights of a teacher that the workflow trains.
        threads: CPU threads of a teacher that the workflow trains.

    Raises:
        ModelError: its weights are missing or are not the expected ones.
    """
    teacher = TEACHERS.load(name)
    if name in TRAINED:
        return teacher.load(trained, contract, threads=threads)
    return teacher(contract, models)


def weights_sha256(name: str, models: ModelStore, *, trained: Path | str) -> str | None:
    """SHA-256 of a teacher's weights, for the provenance of its predictions; None without a weights file.

    Raises:
        ModelError: the weights are missing.
    """
    if name in TRAINED:
        return TeacherCard.read(Path(trained)).weights_sha256
    files = TEACHERS[name].files
    if not files:
        # The weights of a plug-in are in its distribution, whose version is in the key of the posteriors.
        return None
    return models.sha256(files[0]) or UNPINNED
