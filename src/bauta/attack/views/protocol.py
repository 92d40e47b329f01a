"""The protocol of a view."""

from typing import Protocol, runtime_checkable

from bauta.attack.views.people import ClearFaces, People
from bauta.protocols import Anonymizer, Floats, Images, Recognizer


class LearntView(Protocol):
    """What a view has learnt.

    Attributes:
        dimensions: Length of its features.
        about: What it has learnt or chosen, in a few words for the results.
    """

    dimensions: int
    about: str

    def anonymized(self, images: Images) -> Floats:
        """Features of released images uint8 (N, H, W, 3): unit vectors float32 (N, dimensions)."""
        ...

    def clear(self, faces: ClearFaces) -> Floats:
        """Features of clear faces, comparable with those of released images: unit vectors, likewise."""
        ...


@runtime_checkable
class RestoringView(LearntView, Protocol):
    """A view that sees a picture, which can be shown."""

    def restore(self, images: Images) -> Images:
        """The pictures that it sees of released images, uint8 (N, H, W, 3)."""
        ...


class View(Protocol):
    """Learns on the attacker's own people how to look at what a backend releases."""

    def __call__(
        self, people: People, backend: Anonymizer, recognizer: Recognizer, *, seed: int
    ) -> LearntView:
        """Learn; the same seed gives the same result.

        Args:
            people: The attacker's own people; there may be none.
            backend: The anonymizer at the attacked setting, which the attacker knows.
            recognizer: The recognizer of the attack.
            seed: Seed of everything random.
        """
        ...
