"""How many pairs a set of enrolled faces and probes has, by people: counted, not scored."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class PairCounts:
    """Numbers of pairs enrolled face × probe face.

    Attributes:
        genuine: int64 (C,), pairs of one person, by the cluster of the person.
        impostor: int64 (C,), pairs of two people, by the cluster of the probe's person.
        impostor_enrolled: int64 (C,), the same pairs by the cluster of the enrolled face's person.
        people: Number of distinct pairs (probe's person, enrolled person) of two people. Pairs of images of
            the same two people are not independent, so this is what resolves a false accept rate.
    """

    genuine: Counts
    impostor: Counts
    impostor_enrolled: Counts
    people: int

    def without(self, others: "PairCounts") -> "PairCounts":
        """These pairs without others of them; `people` is the difference, too."""
        return PairCounts(
            self.genuine - others.genuine,
            self.impostor - others.impostor,
            self.impostor_enrolled - others.impostor_enrolled,
            self.people - others.people,
        )

    @property
    def totals(self) -> tuple[int, int]:
        """The number of genuine and of impostor pairs."""
        return int(self.genuine.sum()), int(self.impostor.sum())


def count_pairs(
    labels: AttackLabels, enrolled: NDArray[np.bool_], probes: NDArray[np.bool_], clusters: Counts
) -> PairCounts:
    """Count all pairs of some enrolled faces and some probes.

    Args:
        labels: Subjects of the N faces.
        enrolled: bool (N,), the enrolled faces.
        probes: bool (N,), the probes.
        clusters: int64 (N,), cluster of each face's subject.

    Returns:
        Counts with a row for each cluster up to the highest.
    """
    _, first, code = np.unique(labels.subjects, return_index=True, return_inverse=True)
    cluster = clusters[first]
    rows = int(clusters.max(initial=-1)) + 1
    templates = np.bincount(code[enrolled], minlength=len(first))
    faces = np.bincount(code[probes], minlength=len(first))
    genuine = templates * faces

    def by_cluster(of_people: Counts) -> Counts:
        sums = np.zeros(rows, dtype=np.int64)
        np.add.at(sums, cluster, of_people)
        return sums

    seen, known = faces > 0, templates > 0
    return PairCounts(
        genuine=by_cluster(genuine),
        impostor=by_cluster(faces * templates.sum() - genuine),
        impostor_enrolled=by_cluster(templates * faces.sum() - genuine),
        people=int(seen.sum()) * int(known.sum()) - int((seen & known).sum()),
    )
