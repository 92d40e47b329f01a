"""The card of the avatar's book: who was averaged, from what, and whether anybody is recognized in it."""

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.anonymize.avatar.book import BOOK
from bauta.anonymize.generator_card import TrainedOn, subject_digest
from bauta.anonymize.reader import FaceLabels
from bauta.express.card import malformed, read_card


class AveragedPeople(BaseModel):
    """The people of one average.

    Attributes:
        name: `everybody`, `look NAME` or an expression.
        people: How many.
        digests: `generator_card.subject_digest` of each, sorted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    people: int
    digests: tuple[str, ...]


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
        averaged: The people of each average.
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
    left_out: int
    closest: dict[str, float]
    models: dict[str, str]
    versions: dict[str, str]

    @property
    def subjects(self) -> frozenset[str]:
        """Digests of everybody who was averaged."""
        return frozenset(digest for part in self.averaged for digest in part.digests)

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


def describe_book(card: AvatarCard, faces: FaceLabels) -> dict[str, Any]:
    """Name the book in the description of a set, and count the people of the set who were averaged in it."""
    people = {subject for subject in faces.subjects if subject is not None}
    known = sum(subject_digest(subject) in card.subjects for subject in people)
    about: dict[str, Any] = {"book_sha256": card.weights_sha256}
    if known:
        about["notes"] = [f"avatar: {known} of {len(people)} people have names of people who were averaged"]
    return about
