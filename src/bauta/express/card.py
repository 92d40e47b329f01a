"""The card of a teacher: its weights, the input that they expect and their measured quality."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.view import TeacherView
from bauta.io.atomic import write_bytes
from bauta.io.infeasible import require_network
from bauta.io.seal import SEAL, new_seal, read_sealed, sealed_json

Architecture = Literal["resnet18", "vgg"]

WEIGHTS = "weights.onnx"
CARD = "card.json"


class TeacherQuality(BaseModel):
    """The performance of the teacher in training and on the faces that calibrated it; fractions in [0, 1].

    Attributes:
        train_macro_f1: Macro-F1 on the training faces, without augmentation.
        dev_accuracy: Accuracy on the development faces, whose subjects are not in the training set.
        dev_macro_f1: Macro-F1 on the development faces.
        dev_ece: Expected calibration error on the development faces, on which the temperature was fitted.
        dev_confusion: Counts on the development faces, labels × predictions.
        loss_curve: Mean training loss of each epoch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train_macro_f1: float
    dev_accuracy: float
    dev_macro_f1: float
    dev_ece: float
    dev_confusion: tuple[tuple[int, ...], ...]
    loss_curve: tuple[float, ...]


class TeacherCard(BaseModel):
    """Everything needed to use a teacher's weights, and their provenance.

    Attributes:
        architecture: Name of the network.
        crop_size: Side of the crops that it was trained on.
        crop_margin: Margin of those crops.
        view: The part of the crop that the teacher sees.
        classes: Label of each output.
        temperature: Divides the logits (Guo et al., ICML 2017, section 4.2).
        weights_sha256: SHA-256 of the ONNX file.
        seed: Seed of the initial weights, the batches and the augmentation.
        recipe: Training settings.
        train_counts: Training faces of each class.
        dev_counts: Development faces of each class.
        skipped: Number of labelled faces that could not be used because their crop is not ok.
        data_sha256: Hash of ids, labels and pixels of the training and development faces.
        device: Device of the training.
        threads: CPU threads of the training.
        versions: Versions of the libraries that trained it.
        quality: Performance measured at the end of the training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Architecture
    crop_size: int
    crop_margin: float
    view: TeacherView
    classes: tuple[str, ...]
    temperature: float = Field(gt=0)
    weights_sha256: str
    seed: int
    recipe: dict[str, Any]
    train_counts: dict[str, int]
    dev_counts: dict[str, int]
    skipped: int
    data_sha256: str
    device: str
    threads: int
    versions: dict[str, str]
    quality: TeacherQuality

    @property
    def contract(self) -> CropContract:
        """Geometry of the crops that the teacher takes."""
        return CropContract(self.crop_size, self.crop_margin)

    @classmethod
    def read(cls, folder: Path, *, shipped: bool = False) -> Self:
        """Read the card in a teacher's folder and check that it belongs to the weights beside it.

        Args:
            folder: The teacher's folder.
            shipped: Whether it comes with bauta, in which case the card's seal is ignored.

        Raises:
            ModelError: weights or card are missing, corrupt or do not belong at this path, the card is
                malformed, or the hash differs.
            InfeasibleError: the teacher could not be trained.
        """
        values = read_card("teacher", folder, WEIGHTS, shipped=shipped)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise malformed("teacher", folder, error) from None


def write_card(
    card: BaseModel,
    folder: Path,
    out: Path | str | None = None,
    made_from: Mapping[str, str] | None = None,
) -> None:
    """Write the card of a teacher or a generator with its seal.

    Args:
        card: The card.
        folder: Folder to write it to.
        out: Final path of the folder once it is complete; `folder` by default.
        made_from: Place → digest of each artifact that the weights were trained on.
    """
    content = sealed_json(card.model_dump(mode="json"), new_seal(out or folder, made_from))
    write_bytes(folder / CARD, content)


def read_card(kind: str, folder: Path, weights: str, *, shipped: bool = False) -> dict[str, Any]:
    """Read the card of a teacher or a generator and check that it belongs to the weights beside it.

    Args:
        kind: "teacher" or "generator", for messages.
        folder: The folder of the card.
        weights: Name of the file of the weights.
        shipped: Whether it comes with bauta, in which case the card's seal is ignored.

    Raises:
        ModelError: weights or card are missing, damaged or of another one than the path says.
        InfeasibleError: it could not be trained.
    """
    require_network(folder)
    card = folder / CARD
    for path in (folder / weights, card):
        if not path.is_file():
            raise ModelError(f"{kind}: {path} does not exist; train the {kind}")
    try:
        values = json.loads(card.read_bytes()) if shipped else read_sealed(card, folder)[0]
        # The seal of a model that was trained in a project and ships now refers to another path.
        values.pop(SEAL, None)
    except ValueError as error:
        raise ModelError(f"{kind}: {error}; train the {kind} again") from None
    check_file(kind, folder / weights, values.get("weights_sha256"))
    return values


def check_file(kind: str, path: Path, expected: str | None) -> None:
    """Compare a file with the SHA-256 in the card beside it.

    Raises:
        ModelError: the file is missing or its hash differs.
    """
    got = file_sha256(path) if path.is_file() else "none"
    if got != expected:
        raise ModelError(
            f"{kind}: {path} has SHA-256 {got[:12]}…, its card expects {str(expected)[:12]}…; train the "
            f"{kind} again"
        )


def malformed(kind: str, folder: Path, error: ValidationError) -> ModelError:
    """The error for a card with a missing or invalid field."""
    first = error.errors()[0]
    return ModelError(
        f"{kind}: {folder / CARD} is not a {kind}'s card: "
        f"{'.'.join(map(str, first['loc']))}: {first['msg']}; train the {kind} again"
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
