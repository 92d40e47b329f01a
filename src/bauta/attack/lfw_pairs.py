"""LFW's ten-fold verification protocol on the pairs of pairs.txt.

Source: Huang et al., Labeled Faces in the Wild, University of Massachusetts TR 07-49, 2007, "View 2": the
accuracy on each fold with everything chosen on the other nine, its mean and the standard error of the mean.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.files import read_lines
from bauta.datasets.lfw import image_id
from bauta.errors import DataError
from bauta.measurement import Value


@dataclass(frozen=True)
class Pair:
    """Two images, by the ids that `datasets.lfw` gives them, and whether they show one person."""

    first: str
    second: str
    genuine: bool


Fold = tuple[Pair, ...]


@dataclass(frozen=True)
class FoldResult:
    """One fold.

    Attributes:
        genuine: Pairs of one person that could be formed.
        impostor: Pairs of two people that could be formed.
        missing_genuine: Pairs of one person of which an image is missing.
        missing_impostor: Pairs of two people of which an image is missing.
        threshold: Cosine from which on a pair is accepted, chosen on the other folds; None without pairs.
        accuracy: Share of the formed pairs that it decides rightly; None without pairs.
    """

    genuine: int
    impostor: int
    missing_genuine: int
    missing_impostor: int
    threshold: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class PairsResult:
    """The protocol's result.

    Attributes:
        folds: One result a fold.
        accuracy: Mean accuracy of the folds; n counts the formed pairs. Where images are missing the kinds
            need not be equally many, and guessing the more frequent one reaches more than 0.5.
        standard_error: Of that mean: the folds' sample standard deviation over the root of their number.
    """

    folds: tuple[FoldResult, ...]
    accuracy: Value
    standard_error: Value

    def note(self) -> str:
        """How many pairs could be formed and how many lack an image."""
        genuine, impostor, missing_genuine, missing_impostor = (
            sum(getattr(fold, name) for fold in self.folds)
            for name in ("genuine", "impostor", "missing_genuine", "missing_impostor")
        )
        return (
            f"pairs: {genuine} genuine and {impostor} impostor pairs in {len(self.folds)} folds, "
            f"{missing_genuine} and {missing_impostor} are missing an image"
        )


def read_pairs(path: Path | str) -> tuple[Fold, ...]:
    """Read pairs.txt.

    Its first line gives the folds and the pairs of each kind in a fold. A fold has that many lines `name n1
    n2` (one person), then that many `name1 n1 name2 n2` (two people).

    Raises:
        DataError: the file cannot be read or does not follow this.
    """
    path = Path(path)
    lines = list(read_lines(path))
    header = lines[0][1].split() if lines else []
    if len(header) != 2 or not all(cell.isdecimal() for cell in header):
        raise DataError(f"{path}: expected the number of folds and of pairs, got '{' '.join(header)}'")
    folds, pairs = map(int, header)
    if folds < 2 or pairs < 1 or len(lines) - 1 != folds * pairs * 2:
        raise DataError(
            f"{path}: expected {folds} × 2 × {pairs} pairs in at least two folds, got {len(lines) - 1}"
        )
    found = [
        _pair(text.split(), index // pairs % 2 == 0, f"{path}, line {line}")
        for index, (line, text) in enumerate(lines[1:])
    ]
    return tuple(tuple(found[start : start + 2 * pairs]) for start in range(0, len(found), 2 * pairs))


def evaluate_pairs(
    folds: Sequence[Fold],
    face_ids: Sequence[str],
    embeddings: NDArray[np.floating],
    second: NDArray[np.floating] | None = None,
) -> PairsResult:
    """Measure the accuracy of a recognizer on the pairs that can be formed.

    Args:
        folds: From `read_pairs`.
        face_ids: Id of each embedding.
        embeddings: (N, D) unit vectors; a row with a NaN is a face that is missing.
        second: (N, D), those of a pair's second image, such as the anonymized faces; None for the same.

    Returns:
        The result. The mean and its error are missing, with the reason, where fewer than two folds have
        pairs of both kinds: half a fold is decided rightly by a threshold that knows nothing.

    Raises:
        DataError: the embeddings are not one row for each of the ids.
    """
    sides = (_by_id(face_ids, embeddings), _by_id(face_ids, embeddings if second is None else second))
    formed = [_scores(fold, *sides) for fold in folds]
    counts = [_count(fold, genuine) for fold, (_, genuine) in zip(folds, formed, strict=True)]
    usable = [index for index, fold in enumerate(counts) if fold.genuine and fold.impostor]
    if len(usable) < 2:
        reason = f"only {len(usable)} of {len(folds)} folds have pairs of both kinds; the images are missing"
        return PairsResult(tuple(counts), Value.missing(reason), Value.missing(reason))
    for index in usable:
        others = [formed[other] for other in usable if other != index]
        threshold = best_threshold(*(np.concatenate(parts) for parts in zip(*others, strict=True)))
        scores, genuine = formed[index]
        right = float(((scores >= threshold) == genuine).mean())
        counts[index] = replace(counts[index], threshold=threshold, accuracy=right)
    accuracies = np.array([fold.accuracy for fold in counts if fold.accuracy is not None])
    pairs = sum(counts[index].genuine + counts[index].impostor for index in usable)
    error = accuracies.std(ddof=1) / math.sqrt(len(accuracies))
    return PairsResult(
        tuple(counts),
        Value(value=float(accuracies.mean()), n=pairs),
        Value(value=float(error), n=len(accuracies)),
    )


def best_threshold(scores: NDArray[np.floating], genuine: NDArray[np.bool_]) -> float:
    """The score that decides most pairs rightly when it and all above are accepted.

    Of thresholds that are equally good the lowest is taken; halfway between two scores, so that no pair
    decides by a rounding error.

    Args:
        scores: (P,) finite.
        genuine: (P,) whether each pair shows one person.
    """
    order = np.argsort(scores, kind="stable")
    values = scores[order].astype(np.float64)
    # right[i]: pairs decided rightly if the first i are rejected and the others accepted
    rejected_impostors = np.concatenate([[0], np.cumsum(~genuine[order])])
    rejected_genuine = np.concatenate([[0], np.cumsum(genuine[order])])
    right = rejected_impostors + genuine.sum() - rejected_genuine
    # equal scores cannot be told apart
    right[1:-1][values[1:] == values[:-1]] = -1
    edges = np.concatenate([[values[0] - 1], values, [values[-1] + 1]])
    best = int(np.argmax(right))
    return float((edges[best] + edges[best + 1]) / 2)


def _pair(cells: list[str], genuine: bool, where: str) -> Pair:
    numbers = cells[1:] if genuine else cells[1::2]
    if len(cells) != (3 if genuine else 4) or not all(number.isdecimal() for number in numbers):
        wanted = "name n1 n2" if genuine else "name1 n1 name2 n2"
        raise DataError(f"{where}: expected '{wanted}', got '{' '.join(cells)}'")
    second = cells[0] if genuine else cells[2]
    return Pair(image_id(cells[0], int(cells[1])), image_id(second, int(cells[-1])), genuine)


def _by_id(face_ids: Sequence[str], embeddings: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """The embedding of each face that is there."""
    if embeddings.ndim != 2 or len(embeddings) != len(face_ids):
        raise DataError(f"expected {len(face_ids)} rows of embeddings, got the shape {embeddings.shape}")
    there = np.isfinite(embeddings).all(axis=1)
    vectors = embeddings.astype(np.float64)
    return {name: vectors[row] for row, name in enumerate(face_ids) if there[row]}


def _scores(
    fold: Fold, first: Mapping[str, NDArray[np.float64]], second: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Cosine and kind of each pair that can be formed."""
    formed = [pair for pair in fold if pair.first in first and pair.second in second]
    scores = [first[pair.first] @ second[pair.second] for pair in formed]
    return np.array(scores, dtype=np.float64), np.array([pair.genuine for pair in formed], dtype=bool)


def _count(fold: Fold, genuine: NDArray[np.bool_]) -> FoldResult:
    wanted = sum(pair.genuine for pair in fold)
    formed = int(genuine.sum())
    impostor = len(genuine) - formed
    return FoldResult(formed, impostor, wanted - formed, len(fold) - wanted - impostor)
