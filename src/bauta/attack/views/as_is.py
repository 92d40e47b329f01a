"""The picture as it was released."""

from dataclasses import dataclass

from bauta.attack.views.people import ClearFaces, People
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.registry import Card

CARD = Card(
    name="as_is",
    kind="view",
    implementation="bauta.attack.views.as_is:as_is",
    about="The picture as it was released.",
)


@dataclass(frozen=True)
class AsIs:
    """Embeds released pictures; see `LearntView`."""

    recognizer: Recognizer
    about: str = "as released"

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self.recognizer.dimensions

    def anonymized(self, images: Images) -> Floats:
        """Embeddings of released images."""
        return self.recognizer.embed(images)

    def clear(self, faces: ClearFaces) -> Floats:
        """Embeddings of clear faces."""
        return faces.vectors


def as_is(people: People, backend: Anonymizer, recognizer: Recognizer, *, seed: int) -> AsIs:  # noqa: ARG001
    """Learn nothing; see `View`."""
    return AsIs(recognizer)
