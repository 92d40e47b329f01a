"""Who draws the face of a group: bauta's generator, or the composites of the avatar."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.cgan.anonymizer import Cgan
from bauta.anonymize.errors import AnonymizationError
from bauta.contract import CropContract, Status
from bauta.labels import EXPRESSIONS
from bauta.protocols import FaceBatch, Floats, Images


class Artist(Protocol):
    """Draws faces of nobody.

    Attributes:
        about: What the store records of it.
        subjects: `generator_card.subject_digest` of everybody whom it was learnt from.
    """

    @property
    def about(self) -> dict[str, str]:
        """Describe it."""
        ...

    @property
    def subjects(self) -> frozenset[str]:
        """Name whom it was learnt from."""
        ...

    def draw(self, shape: Floats, expression: str | None, number: int) -> Images:
        """Draw the face of a group: uint8 (size, size, 3) RGB.

        Args:
            shape: float32 (68, 2), the group's mean landmarks in crop pixels.
            expression: The expression of the group, None if the set is not split.
            number: Position of the group among all groups.
        """
        ...


@dataclass(frozen=True)
class GeneratorArtist:
    """Draws with the generator that ships with bauta: an expression, held as mean landmarks are."""

    generator: Cgan

    @property
    def about(self) -> dict[str, str]:
        """Describe the generator."""
        return {"generator_sha256": self.generator.card.weights_sha256}

    @property
    def subjects(self) -> frozenset[str]:
        """Name whom the generator was trained on."""
        return self.generator.learnt_from

    def draw(self, shape: Floats, expression: str | None, number: int) -> Images:
        """Draw a group's mean landmarks; a set that is not split by expression gets neutral faces.

        Raises:
            AnonymizationError: the generator gave up.
        """
        shown = np.zeros((1, len(EXPRESSIONS)), dtype=np.float32)
        shown[0, EXPRESSIONS.index(expression or "neutral")] = 1.0
        asked = FaceBatch([f"group {number}"], landmarks=shape[np.newaxis], posteriors=shown)
        done = self.generator.anonymize(asked, seed=0)
        if done.status[0] != Status.OK.code:
            raise AnonymizationError(
                f"ksame_generated: group {number} has mean landmarks that cannot be drawn; look at its "
                "people's landmarks, or draw with faces: composite"
            )
        return done.images[0]


@dataclass(frozen=True)
class CompositeArtist:
    """Draws composites of the avatar, held as the group's mean landmarks are.

    A set that is not split by expression gets neutral faces: the mean over a person's pictures is of none.

    Attributes:
        book: The averages.
        card: Who was averaged.
        looks: The looks that the groups get in turn.
        contract: Geometry of the crops.
    """

    book: AvatarBook
    card: AvatarCard
    looks: tuple[str, ...]
    contract: CropContract

    @property
    def about(self) -> dict[str, str]:
        """Describe the book."""
        return {"book_sha256": self.card.weights_sha256}

    @property
    def subjects(self) -> frozenset[str]:
        """Name who was averaged."""
        return frozenset(self.card.subjects)

    def draw(self, shape: Floats, expression: str | None, number: int) -> Images:
        """Draw an expression with the seven measures of the group's mean landmarks."""
        codes = self.book.states[len(EXPRESSIONS)].codes
        (measured,) = np.nan_to_num(codes.scaled(shape[np.newaxis]))
        look = self.looks[number % len(self.looks)]
        return self.book.draw_freely(
            EXPRESSIONS.index(expression or "neutral"), measured, look, self.contract
        )
