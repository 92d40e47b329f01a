"""The card of the avatar's book: who was averaged, from what, and whether anybody is recognized in it."""

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.anonymize.avatar.book import BOOK
from bauta.anonymize.generator_card import TrainedOn
from bauta.express.card import malformed, read_card


class AveragedPeople(BaseModel):
    """The size of one average.

    Attributes:
        name: `everybody`, `look NAME` or an expression.
        people: How many.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    people: int


class AvatarCard(BaseModel):
    """What is known of a book.

    Attributes:
        weights_sha256: SHA-256 of the book's file.
        seed: Seed of k-means.
        recipe: Settings of the learning.
        learnt_on: Its data.
        data_sha256: Hash of ids, landmarks and posteriors.
        teacher: The teacher that read the faces.
        thresholds: Similarity from which each recognizer matches, at the recipe's false accept rate.
        averaged: How many people each average has; not who, as looks are of a sex and a skin tone.
        subjects: `generator_card.subject_digest` of everybody who was averaged, sorted.
        left_out: How many people were left out of all averages, as a recognizer found them in a drawing.
        closest: Highest similarity of a picture to any photograph of somebody in it, as a share of the
            threshold at which the recognizer matches, by recognizer; below 1 nobody is matched. The pictures
            are all averages, and the drawings of the recipe's `examined` states with every look.
        models: SHA-256 of the files of the teacher, the recognizers and the parser.
        versions: Versions of the libraries that learnt it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights_sha256: str
    seed: int
    recipe: dict[str, Any]
    learnt_on: tuple[TrainedOn, ...]
    data_sha256: str
    teacher: str
    thresholds: dict[str, float]
    averaged: tuple[AveragedPeople, ...]
    subjects: tuple[str, ...]
    left_out: int
    closest: dict[str, float]
    models: dict[str, str]
    versions: dict[str, str]

    @classmethod
    def read(cls, folder: Path, *, shipped: bool = False) -> Self:
        """Read the card in a book's folder and check that it belongs to the book beside it.

        Args:
            folder: The folder.
            shipped: Whether it comes with bauta, in which case the card's seal is ignored.

        Raises:
            ModelError: book or card are missing, corrupt or do not belong at this path, or the hash differs.
        """
        values = read_card("avatar", folder, BOOK, shipped=shipped)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise malformed("avatar", folder, error) from None
