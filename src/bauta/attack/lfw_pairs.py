"""LFW's ten-fold verification protocol on the pairs of pairs.txt.

Source: Huang et al., Labeled Faces in the Wild, University of Massachusetts TR 07-49, 2007, "View 2": the
accuracy on each fold with all choices made on the other nine, its mean and the standard error of the mean.
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
from bauta.io.fingerprint import check_file_unchanged
from bauta.measurement import Value


@dataclass(frozen=True)
class Pair:
    """Two images, by the ids that `datasets.lfw` assigns, and whether they show the same person."""

    first: str
    second: str
    genuine: bool


Fold = tuple[Pair, ...]


@dataclass(frozen=True)
class FoldResult:
    """The result of one fold.

    Attributes:
        genuine: Number of pairs of the same person that could be formed.
        impostor: Number of pairs of two people that could be formed.
        missing_genuine: Number of pairs of the same person that lack an image.
        missing_impostor: Number of pairs of two people that lack an image.
        threshold: Lowest cosine at which a pair is accepted, chosen on the other folds; None without pairs.
        accuracy: Share of the formed pairs that the threshold classifies correctly; None without pairs.
    """

    genuine: int
    impostor: int
    missing_genuine: int
    missing_impostor: int
    threshold: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class PairsResult:
    """The result of the protocol.

    Attributes:
        folds: One result per fold.
        accuracy: Mean accuracy of the folds; n counts the formed pairs. If images are missing, the two kinds
            need not be equally frequent, and guessing the more frequent one reaches more than 0.5.
        standard_error: Standard error of that mean: the folds' sample standard deviation over the square root
            of their number.
    """

    folds: tuple[FoldResult, ...]
    accuracy: Value
    standard_error: Value

    def note(self) -> str:
        """Describe how many pairs could be formed and how many lack an image."""
        genuine, impostor, missing_genuine, missing_impostor = (
            sum(getattr(fold, name) for fold in self.folds)
            for name in ("genuine", "impostor", "missing_genuine", "missing_impostor")
        )
        return (
            f"pairs: {genuine} genuine and {impostor} impostor pairs in {len(self.folds)} folds, "
            f"{missing_genuine} and {missing_impostor} are missing an image"
        )


def read_pairs(path: Path | str, sha256: str | None = None) -> tuple[Fold, ...]:
    """Read pairs.txt.

    Its first line gives the folds and the pairs of each kind in a fold. A fold has that many lines `name n1
    n2` (one person), then that many `name1 n1 name2 n2` (two people).

    Args:
        path: The file.
        sha256: SHA-256 of the file when the run was planned; None accepts any content.

    Raises:
        DataError: the file cannot be read, does not have this format or has changed since then.
    """
    path = Path(path)
    lines = list(read_lines(path))
    if sha256 is not None:
        check_file_unchanged(path, sha256)
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
        embeddings: (N, D) unit vectors; a row with a NaN is a missing face.
        second: (N, D) embeddings for the second image of each pair, such as anonymized faces; None for
            `embeddings`.

    Returns:
        The result. The mean and its error are missing, with the reason, if fewer than two folds have pairs of
        both kinds, because a trivial threshold classifies half of a fold correctly.

    Raises:
        DataError: the embeddings do not have one row per id.
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
    """The threshold that classifies most pairs correctly when scores at or above it are accepted.

    Among equally good thresholds, the lowest is taken. It lies halfway between two scores, so that no pair is
    decided by a rounding error.

    Args:
        scores: (P,) finite.
        genuine: (P,) whether each pair shows one person.
    """
    order = np.argsort(scores, kind="stable")
    values = scores[order].astype(np.float64)
    # right[i]: pairs classified correctly if the first i are rejected and the others accepted
    rejected_impostors = np.concatenate([[0], np.cumsum(~genuine[order])])
    rejected_genuine = np.concatenate([[0], np.cumsum(genuine[order])])
    right = rejected_impostors + genuine.sum() - rejected_genuine
    # Equal scores cannot be separated.
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
    """The embedding of each face that is not missing, by its id."""
    if embeddings.ndim != 2 or len(embeddings) != len(face_ids):
        raise DataError(f"expected {len(face_ids)} rows of embeddings, got the shape {embeddings.shape}")
    there = np.isfinite(embeddings).all(axis=1)
    vectors = embeddings.astype(np.float64)
    return {name: vectors[row] for row, name in enumerate(face_ids) if there[row]}


def _scores(
    fold: Fold, first: Mapping[str, NDArray[np.float64]], second: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Cosine of each pair that can be formed, and whether it is genuine."""
    formed = [pair for pair in fold if pair.first in first and pair.second in second]
    scores = [first[pair.first] @ second[pair.second] for pair in formed]
    return np.array(scores, dtype=np.float64), np.array([pair.genuine for pair in formed], dtype=bool)


def _count(fold: Fold, genuine: NDArray[np.bool_]) -> FoldResult:
    wanted = sum(pair.genuine for pair in fold)
    formed = int(genuine.sum())
    impostor = len(genuine) - formed
    return FoldResult(formed, impostor, wanted - formed, len(fold) - wanted - impostor)
