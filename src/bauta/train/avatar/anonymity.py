"""Whether anybody who was averaged is recognized in the average."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Floats, Images


def match_threshold(embeddings: Floats, subjects: Sequence[str], rate: float) -> float:
    """The similarity that a share `rate` of all pairs of different people exceeds.

    Args:
        embeddings: Unit vectors float32 (N, D).
        subjects: Who each one is.
        rate: The false accept rate.
    """
    people = np.asarray(subjects)
    rows, columns = np.triu_indices(len(people), k=1)
    different = people[rows] != people[columns]
    similarities = (embeddings @ embeddings.T)[rows[different], columns[different]]
    return float(np.quantile(similarities, 1 - rate, method="higher"))


@dataclass(frozen=True)
class Recognition:
    """Recognizers and the similarities from which they match.

    Attributes:
        embed: Maps crops to unit vectors (N, D), by recognizer.
        embeddings: Of all photographs, float32 (N, D), by recognizer.
        thresholds: Similarity from which two faces match, by recognizer.
    """

    embed: Mapping[str, Callable[[Images], Floats]]
    embeddings: Mapping[str, Floats]
    thresholds: Mapping[str, float]

    def of(self, rows: NDArray[np.integer], picture: Images) -> tuple[dict[str, float], NDArray[np.bool_]]:
        """Look for photographs in a picture uint8 (size, size, 3) that was made of them.

        Returns:
            The similarity of the closest face as a share of the threshold, by recognizer; and which of them
            some recognizer matches, bool (M,).
        """
        closest, found = {}, np.zeros(len(rows), dtype=bool)
        for name, embed in self.embed.items():
            similarities = self.embeddings[name][rows] @ embed(picture[None])[0]
            closest[name] = float(similarities.max() / self.thresholds[name])
            found |= similarities > self.thresholds[name]
        return closest, found
