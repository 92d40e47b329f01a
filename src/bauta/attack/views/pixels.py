"""The pixels themselves, without a recognizer."""

from dataclasses import dataclass

from bauta.attack.pixel_features import PIXEL_SIDE, pixel_features
from bauta.attack.views.people import ClearFaces, People, unit
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.registry import Card

CARD = Card(
    name="pixels",
    kind="view",
    implementation="bauta.attack.views.pixels:pixels",
    about="A grey thumbnail of the picture, without a recognizer.",
    by_recognizer=False,
    source="McPherson, Shokri and Shmatikov, arXiv:1609.00408, 2016",
)


@dataclass(frozen=True)
class Pixels:
    """Thumbnails as unit vectors; see `LearntView`."""

    dimensions: int = PIXEL_SIDE**2
    about: str = f"grey, {PIXEL_SIDE}×{PIXEL_SIDE}"

    def anonymized(self, images: Images) -> Floats:
        """Thumbnails of released images."""
        return unit(pixel_features(images))

    def clear(self, faces: ClearFaces) -> Floats:
        """Thumbnails of clear faces."""
        return self.anonymized(faces.images())


def pixels(people: People, backend: Anonymizer, recognizer: Recognizer, *, seed: int) -> Pixels:  # noqa: ARG001
    """Learn nothing; see `View`."""
    return Pixels()
