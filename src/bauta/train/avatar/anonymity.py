"""Whether anybody who was averaged is recognized in the average."""

from collections.abc import Callable, Collection, Mapping, Sequence
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


@dataclass(frozen=True)
class Found:
    """How often a recognizer finds photographs in pictures that were made of some of them.

    Attributes:
        of_own: Comparisons of a picture with a photograph of somebody who was averaged into it, and how many
            of them match.
        of_strangers: The same with photographs of people who were averaged into no picture at all.
        people: How many people who were averaged are matched to at least one of their pictures.
        all_people: How many people were averaged.
    """

    of_own: tuple[int, int]
    of_strangers: tuple[int, int]
    people: int
    all_people: int


def found_in_pictures(
    pictures: Floats,
    averaged: Sequence[Collection[str]],
    embeddings: Floats,
    subjects: Sequence[str],
    threshold: float,
) -> Found:
    """Compare pictures with the photographs of those who were averaged into them, and with those of others.

    Matches of the others are chance: whoever looks at a picture matches as many photographs of people who
    have no part in it.

    Args:
        pictures: Unit vectors of the pictures, float32 (P, D).
        averaged: Who was averaged into each picture.
        embeddings: Unit vectors of all photographs, float32 (N, D).
        subjects: Who is on each photograph.
        threshold: Similarity above which the recognizer matches.
    """
    who = np.asarray(subjects)
    everybody = set().union(*averaged)
    strangers = ~np.isin(who, sorted(everybody))
    own, others, people = np.zeros(2, dtype=int), np.zeros(2, dtype=int), set[str]()
    for picture, members in zip(pictures, averaged, strict=True):
        matched = embeddings @ picture > threshold
        inside = np.isin(who, sorted(members))
        own += [inside.sum(), (inside & matched).sum()]
        others += [strangers.sum(), (strangers & matched).sum()]
        people |= set(who[inside & matched].tolist())
    return Found((int(own[0]), int(own[1])), (int(others[0]), int(others[1])), len(people), len(everybody))
