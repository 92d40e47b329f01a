"""The card of a generator: its weights, its inputs, its training data and its measured quality."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.card import check_file, malformed, read_card

WEIGHTS = "generator.onnx"
TENSORS = "generator.safetensors"
"""The file of weights of a generator that is no ONNX graph, but tensors of a network that bauta defines."""

Architecture = Literal["cgan", "ganonymization"]

FILES: Mapping[str, str] = {"cgan": WEIGHTS, "ganonymization": TENSORS}
"""Name of a network → name of the file of its weights."""


def subject_digest(subject: str) -> str:
    """The form in which a card stores a name: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(subject.encode()).hexdigest()[:16]


class TrainedOn(BaseModel):
    """The role of a dataset in a training.

    Attributes:
        dataset: Its name in the configuration.
        partition: train or dev.
        photographs: Whether its images served as examples of real images.
        faces: Number of usable faces.
        subjects: Number of people, None if no subject is known.
        split_sha256: Hash of the split that excluded the scored people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    partition: Literal["train", "dev"]
    photographs: bool
    faces: int
    subjects: int | None
    split_sha256: str


class GeneratorCard(BaseModel):
    """Everything needed to use a generator's weights, and their provenance.

    Attributes:
        architecture: Name of the network.
        size: Side of a generated image in pixels; it shows the whole crop, or a head that is pasted in it.
        crop_margin: Margin of the crops that it was trained on.
        inputs: What its network is given: `landmarks`, `drawing`, `parsing`, `blendshapes`, `flame`, `mesh`.
        weights_sha256: SHA-256 of the file of the weights.
        pictures: SHA-256 of each image of the training that is stored beside it.
        seed: Seed of the initial weights and the batches.
        recipe: Training settings.
        setting: The options of the backend that it was trained for; empty for `cgan_trained`, whose recipe
            says them.
        started_from: Name → SHA-256 of the weights that the training started from; empty if they were random.
        trained_on: Its data.
        subjects: `subject_digest` of everyone whose photographs it was trained or judged on, so that a run
            can detect that it scores one of them.
        skipped: Number of faces that could not be used.
        data_sha256: Hash of ids and pixels.
        device: Device of the training.
        threads: CPU threads of the training.
        versions: Versions of the libraries that trained it.
        models: SHA-256 of the frozen networks of its losses.
        kappa: Cohen's κ of the teacher's predictions before and after, on the development faces, which are
            judged at the size of the training, before anything is enlarged.
        matched: Share of the development faces that the recognizer of the loss still matches to the same
            person, at a false accept rate of 1 %.
        inverted: Share of the development photographs whose person the training's adversary names; None
            without one.
        stopped_at: Step at which these weights were saved.
        curve: Mean terms of the loss since the previous judgement, and the result of each judgement.
        measured: Points of the frontier that were measured after the training; empty for a generator that is
            used in the run that trained it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Architecture = "cgan"
    size: int
    crop_margin: float
    inputs: tuple[Literal["landmarks", "drawing", "parsing", "blendshapes", "flame", "mesh"], ...]
    weights_sha256: str
    pictures: dict[str, str] = {}
    seed: int
    recipe: dict[str, Any]
    setting: dict[str, Any] = {}
    started_from: dict[str, str] = {}
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
    inverted: float | None = None
    stopped_at: int
    curve: tuple[dict[str, float], ...]
    measured: dict[str, Any] = {}

    @classmethod
    def read(cls, folder: Path, *, shipped: bool = False, expected: Architecture = "cgan") -> Self:
        """Read the card in a generator's folder and check that it belongs to the files beside it.

        Args:
            folder: The generator's folder.
            shipped: Whether it comes with bauta, in which case the card's seal is ignored.
            expected: The network whose file is named where the folder holds none.

        Raises:
            ModelError: weights or card are missing, corrupt or do not belong at this path, the card is
                malformed, or a hash differs.
            InfeasibleError: the generator could not be trained.
        """
        held = [name for name in FILES.values() if (folder / name).is_file()]
        weights = held[0] if held else FILES[expected]
        values = read_card("generator", folder, weights, shipped=shipped)
        try:
            card = cls.model_validate(values)
        except ValidationError as error:
            raise malformed("generator", folder, error) from None
        if FILES[card.architecture] != weights:
            raise ModelError(
                f"generator: {folder} holds {weights}, expected {FILES[card.architecture]}; train the "
                "generator again"
            )
        # A generator that ships with bauta need not include its images.
        for name, sha256 in () if shipped else card.pictures.items():
            check_file("generator", folder / name, sha256)
        return card

    def known_among(self, subjects: Iterable[str | None]) -> tuple[int, int]:
        """Count the people who have names of people that it was trained on, and all people.

        Args:
            subjects: Subject of each face, None where unknown.
        """
        people = {subject for subject in subjects if subject is not None}
        return sum(subject_digest(subject) in self.subjects for subject in people), len(people)

    def check_architecture(self, expected: Architecture, folder: Path) -> None:
        """Check that a backend can use the weights.

        Raises:
            ModelError: they are those of another backend's network.
        """
        if self.architecture != expected:
            raise ModelError(
                f"generator: {folder} holds the network {self.architecture}, expected {expected}; train the "
                "generator again"
            )

    def check_contract(self, contract: CropContract) -> None:
        """Check that crops show as much of a head as those that the generator was trained on.

        Raises:
            ModelError: the margin differs.
        """
        if contract.margin != self.crop_margin:
            raise ModelError(
                f"generator: it was trained on crops with a margin of {self.crop_margin}, got "
                f"{contract.margin}; train one on these crops"
            )


@runtime_checkable
class LearntFromPeople(Protocol):
    """An anonymizer that was learnt from photographs of people.

    Attributes:
        learnt_from: `subject_digest` of each of them.
    """

    learnt_from: frozenset[str]


def notes_on_people(learnt_from: frozenset[str], subjects: Iterable[str | None]) -> list[str]:
    """Count the people of a set from whom its anonymizer was learnt, for whom it proves nothing.

    Args:
        learnt_from: As in `LearntFromPeople`.
        subjects: Subject of each face of the set, None where unknown.
    """
    people = {subject for subject in subjects if subject is not None}
    known = sum(subject_digest(subject) in learnt_from for subject in people)
    if not known:
        return []
    return [
        f"{known} of {len(people)} people have names of people whom the anonymizer was learnt from; privacy "
        "is proven on others only"
    ]
