"""The card of a generator: what its weights are, what it sees, what it was trained on and how good it was."""

import hashlib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.card import file_sha256
from bauta.files import write_text

WEIGHTS = "generator.onnx"
CARD = "card.json"


def subject_digest(subject: str) -> str:
    """What a card keeps of a name: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(subject.encode()).hexdigest()[:16]


class TrainedOn(BaseModel):
    """A dataset's part in a training.

    Attributes:
        dataset: Its name in the configuration.
        partition: train or dev.
        photographs: Whether its images showed what a generated one should look like.
        faces: How many faces were usable.
        subjects: How many people; None where nobody is known.
        split_sha256: Hash of the split that kept the scored people out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    partition: Literal["train", "dev"]
    photographs: bool
    faces: int
    subjects: int | None
    split_sha256: str


class GeneratorCard(BaseModel):
    """Everything that is needed to use a generator's weights, and where they come from.

    Attributes:
        architecture: Name of the network.
        size: Side of a generated image in pixels; it shows the whole crop.
        crop_margin: Margin of the crops that it was trained on.
        inputs: What it sees: `landmarks`, `parsing`, `blendshapes`.
        weights_sha256: SHA-256 of the ONNX file.
        seed: Seed of the initial weights and the batches.
        recipe: Training settings.
        trained_on: Its data.
        subjects: `subject_digest` of everyone whose photographs it was trained or judged on, so that a
            run can tell that it scores one of them.
        skipped: Faces that could not be used.
        data_sha256: Hash of ids and pixels.
        device: What it was trained on.
        threads: CPU threads of the training.
        versions: Versions of the libraries that trained it.
        models: SHA-256 of the frozen networks of its losses.
        kappa: Cohen's κ of the teacher's predictions before and after, on the development faces.
        matched: Share of the development faces that the recognizer of the loss still takes for the same
            person, at a false accept rate of 1 %.
        stopped_at: Step whose weights these are.
        curve: Mean parts of the loss since the judgement before, and each judgement.
        measured: Points of the frontier that were measured after the training; empty for one that is used
            in the run that trained it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Literal["cgan"] = "cgan"
    size: int
    crop_margin: float
    inputs: tuple[Literal["landmarks", "parsing", "blendshapes"], ...]
    weights_sha256: str
    seed: int
    recipe: dict[str, Any]
    trained_on: tuple[TrainedOn, ...]
    subjects: tuple[str, ...]
    skipped: int
    data_sha256: str
    device: str
    threads: int
    versions: dict[str, str]
    models: dict[str, str]
    kappa: float
    matched: float
    stopped_at: int
    curve: tuple[dict[str, float], ...]
    measured: dict[str, Any] = {}

    def write(self, folder: Path) -> None:
        """Write the card into a generator's folder."""
        write_text(folder / CARD, self.model_dump_json(indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the card in a generator's folder and check that the weights beside it are those it is of.

        Raises:
            ModelError: weights or card are missing, the card is malformed, or the hash differs.
        """
        weights, card_file = folder / WEIGHTS, folder / CARD
        for path in (weights, card_file):
            if not path.is_file():
                raise ModelError(f"generator: {path} does not exist; train the generator")
        try:
            card = cls.model_validate_json(card_file.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            raise ModelError(
                f"generator: {card_file} is not a generator's card: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}; train the generator again"
            ) from None
        got = file_sha256(weights)
        if got != card.weights_sha256:
            raise ModelError(
                f"generator: {weights} has SHA-256 {got[:12]}…, its card expects "
                f"{card.weights_sha256[:12]}…; train the generator again"
            )
        return card

    def check_contract(self, contract: CropContract) -> None:
        """Refuse crops that show more or less of a head than those that it was trained on.

        Raises:
            ModelError: another margin.
        """
        if contract.margin != self.crop_margin:
            raise ModelError(
                f"generator: it was trained on crops with a margin of {self.crop_margin}, got "
                f"{contract.margin}; train one on these crops"
            )
