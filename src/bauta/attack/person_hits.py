"""How often an attack names each probed person, so that two runs on the same people can be compared in pairs.

The names of people go nowhere, and no digest of a single name either, which whoever suspects a name could
compute. The people are in an order that is drawn from a hash over all scored faces: it is the same wherever
the same faces are scored, and who does not have the whole list of people cannot tell which of them is which.
Who has that list and the numbers of a person's pictures can.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels
from bauta.errors import DataError

HITS = "hits"
"""The curve of a measurement that holds them."""
DIGITS = 9

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PersonHits:
    """What one attack reaches on each of P people.

    Attributes:
        faces_sha256: Hash over all scored faces with their people and roles.
        hits: float64 (P,), sum of the top-1 credit of a person's probes; one without a score counts 1.
        probes: float64 (P,), number of these probes; 1 for all probes of a person pooled.
    """

    faces_sha256: str
    hits: Array
    probes: Array

    @classmethod
    def of_curve(cls, curve: Mapping[str, str], pooling: str) -> Self | None:
        """Read them from the curve of a measurement; None if it has none of this pooling.

        Raises:
            DataError: the curve is not what `hits_curve` makes.
        """
        if pooling not in curve:
            return None
        try:
            hits = np.array([float(one) for one in curve[pooling].split()])
            probes = np.array([float(one) for one in curve["probes"].split()])
            faces = curve["faces_sha256"]
        except (AttributeError, KeyError, ValueError) as error:
            raise DataError(f"the outcomes of people are not numbers ({error}): run again") from error
        if hits.shape != probes.shape:
            raise DataError(f"expected outcomes of {len(probes)} people, got {len(hits)}: run again")
        return cls(faces, hits, probes if pooling == "one" else np.ones(len(hits)))

    @property
    def share(self) -> float:
        """The top-1 of the attack."""
        return float(self.hits.sum() / self.probes.sum())

    def same_probes(self, other: "PersonHits") -> bool:
        """Whether another attack was on the same probes of the same people."""
        return self.faces_sha256 == other.faces_sha256 and np.array_equal(self.probes, other.probes)


def hits_curve(labels: AttackLabels, *, one: Array, pooled: Array | None = None) -> dict[str, Any]:
    """Count the hits of an attack on each person.

    Args:
        labels: Subjects and roles of the scored faces.
        one: float (N,), top-1 credit of each of the N probes; NaN, which counts as 1, where there is none.
        pooled: float (P,), credit of all probes of each person, in the order of the sorted names.

    Returns:
        `faces_sha256`; `probes`, `one` and `pooled`, numbers of the P people as texts with blanks between
        them, which JSON with a line for each number would make long.
    """
    people, person = np.unique(labels.subjects[labels.probe], return_inverse=True)
    faces = _faces_hash(labels)
    order = np.random.default_rng(int(faces, 16)).permutation(len(people))
    found = {"probes": np.bincount(person), "one": np.bincount(person, np.nan_to_num(one, nan=1.0))}
    if pooled is not None:
        found["pooled"] = np.nan_to_num(pooled, nan=1.0)
    texts = {
        name: " ".join(f"{number:.{DIGITS}g}" for number in numbers[order]) for name, numbers in found.items()
    }
    return {"faces_sha256": faces, **texts}


def _faces_hash(labels: AttackLabels) -> str:
    rows = sorted(zip(labels.face_ids, labels.subjects.tolist(), labels.roles.tolist(), strict=True))
    text = "\n".join("\t".join(row) for row in rows)
    # File names need not be UTF-8.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
