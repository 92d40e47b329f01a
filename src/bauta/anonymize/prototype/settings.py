"""Settings of the control `prototype`."""

from bauta.anonymize.settings import POSTERIORS, Setting
from bauta.labels import EXPRESSIONS

TEACHER = "resnet18_fer2013"
"""The teacher that chooses; as it comes with bauta, every run can have the control."""


class PrototypeSetting(Setting):
    """Control: one of seven rendered faces, chosen by what a teacher reads."""

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets: the teacher's posteriors alone."""
        return frozenset({f"{POSTERIORS}:{TEACHER}"})

    @property
    def outputs(self) -> int:
        """Largest number of different pictures that the backend makes: one for each expression."""
        return len(EXPRESSIONS)
