"""Attack protocols, by the side of a comparison that is anonymized (trap 9: results name their protocol)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bauta.errors import UnknownNameError
from bauta.registry import nearest

Faces = TypeVar("Faces")


@dataclass(frozen=True)
class AttackProtocol:
    """A way to compare a gallery with probes.

    Attributes:
        name: Prefix of the protocol's values.
        gallery_anonymized: Whether the attacker's gallery holds anonymized faces.
        probe_anonymized: Whether the probes are anonymized faces.
    """

    name: str
    gallery_anonymized: bool
    probe_anonymized: bool

    @property
    def fails_closed(self) -> bool:
        """Whether a probe that cannot be scored counts as recognised; on clear faces, it counts as a miss."""
        return self.gallery_anonymized or self.probe_anonymized

    def sides(self, clear: Faces, anonymized: Faces) -> tuple[Faces, Faces]:
        """The embeddings of the gallery side and of the probe side."""
        gallery = anonymized if self.gallery_anonymized else clear
        probes = anonymized if self.probe_anonymized else clear
        return gallery, probes


ONE, POOLED = "one", "pooled"
"""How many pictures of a person an attack looks at: one probe, or all of them together."""

CLEAR = AttackProtocol("clear", gallery_anonymized=False, probe_anonymized=False)
"""The baseline: originals against originals."""

PROTOCOLS: Mapping[str, AttackProtocol] = {
    "naive": AttackProtocol("naive", gallery_anonymized=False, probe_anonymized=True),
    "reverse": AttackProtocol("reverse", gallery_anonymized=True, probe_anonymized=False),
    "parrot": AttackProtocol("parrot", gallery_anonymized=True, probe_anonymized=True),
}
"""After Newton, Sweeney and Malin, "Preserving privacy by de-identifying face images", TKDE 17(2), 2005."""


def get_protocol(name: str) -> AttackProtocol:
    """Return the attack protocol with the given name.

    Raises:
        UnknownNameError: no protocol has that name.
    """
    if name not in PROTOCOLS:
        raise UnknownNameError(f"unknown attack protocol '{name}': {nearest(name, list(PROTOCOLS))}")
    return PROTOCOLS[name]


IMAGES, PAIRS = "enrolled images a person", "pairs to learn from"
"""What the strength of an attack is measured over."""
