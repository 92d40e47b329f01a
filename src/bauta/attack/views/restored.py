"""The picture restored in closed form: the anonymizer is public, so what it does can be undone.

Kerckhoffs, "La cryptographie militaire", 1883; Todt, Hanisch and Strufe, "Fantômas", PoPETs 2024.
"""

from dataclasses import dataclass

from bauta.attack.restoring import choose_restoration
from bauta.attack.views.people import ClearFaces, People
from bauta.errors import ConfigError
from bauta.protocols import (
    Anonymizer,
    Floats,
    Images,
    InvertibleAnonymizer,
    LearnablyInvertibleAnonymizer,
    Recognizer,
    Restoration,
)
from bauta.registry import Card

CARD = Card(
    name="restored",
    kind="view",
    implementation="bauta.attack.views.restored:restored",
    about="The picture restored by the inverse that the backend offers.",
    needs=("restorations",),
    restores=True,
    source="Todt, Hanisch and Strufe, PoPETs 2024",
)

TRIED, LEARNT = 30, 300
"""Numbers of the attacker's own faces on which restorations are chosen, and learnt before."""


@dataclass(frozen=True)
class Restored:
    """Embeds restored pictures; see `LearntView`."""

    recognizer: Recognizer
    restoration: Restoration

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self.recognizer.dimensions

    @property
    def about(self) -> str:
        """The chosen restoration."""
        return self.restoration.name

    def anonymized(self, images: Images) -> Floats:
        """Embeddings of the restored images."""
        return self.recognizer.embed(self.restore(images))

    def restore(self, images: Images) -> Images:
        """Restored images."""
        return self.restoration.restore(images)

    def clear(self, faces: ClearFaces) -> Floats:
        """Embeddings of clear faces."""
        return faces.vectors


def restored(people: People, backend: Anonymizer, recognizer: Recognizer, *, seed: int) -> Restored:
    """Choose the parameters of the inverse on the attacker's own people; see `View`.

    Raises:
        ConfigError: the backend offers no inverse.
    """
    if not isinstance(backend, InvertibleAnonymizer):
        raise ConfigError("view restored: the backend offers no restorations; leave the view out")
    offered = list(backend.restorations())
    drawn = people.sample(TRIED + LEARNT, seed=seed)
    tried, learnt = drawn[:TRIED], drawn[TRIED:]
    if len(tried) == 0:
        return Restored(recognizer, offered[len(offered) // 2])
    if isinstance(backend, LearnablyInvertibleAnonymizer) and len(learnt) > 0:
        pairs = people.released(learnt), people.original(learnt)
        offered += [each.fit(*pairs) for each in backend.learnt_restorations()]
    chosen = choose_restoration(offered, people.released(tried), people.clear[tried], recognizer.embed)
    return Restored(recognizer, chosen)
