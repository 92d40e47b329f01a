"""The pictures of one dataset, from its frontier and the curves of its measurements."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bauta.errors import DataError, UnknownNameError
from bauta.frontier.collection import ORIGINAL, Collection
from bauta.frontier.plots.confusion import Confusion, plot_confusion
from bauta.frontier.plots.dots import plot_attackers, plot_axis
from bauta.frontier.plots.names import readable
from bauta.frontier.plots.readers import plot_readers
from bauta.frontier.plots.scatter import plot_frontier
from bauta.frontier.plots.similarity import Histogram, plot_similarity
from bauta.frontier.result import DatasetFrontier, Frontier, banner
from bauta.measurement import Measurement
from bauta.registry import nearest

SIMILARITY_PROTOCOLS = ("naive", "parrot")


def draw_picture(
    kind: str, frontier: Frontier, dataset: str, path: Path | str, measurements: Sequence[Measurement] = ()
) -> None:
    """Draw one picture of a dataset, with the banner if its controls failed.

    Args:
        kind: A name in `PICTURES`: `frontier` (one axis alone where the dataset does not support the other),
            `attackers`, `similarity`, `confusion` or `readers`.
        frontier: The result.
        dataset: Name of the dataset.
        path: The PNG.
        measurements: Of the dataset, for the curves of `similarity` and `confusion`.

    Raises:
        UnknownNameError: there is no such picture.
        DataError: the dataset is not in the result, or the measurements lack what the picture shows.
    """
    if kind not in PICTURES:
        raise UnknownNameError(f"unknown picture '{kind}': {nearest(kind, list(PICTURES))}")
    PICTURES[kind](frontier, frontier.of(dataset), Collection.of(measurements), Path(path))


def _draw_frontier(frontier: Frontier, found: DatasetFrontier, _: Collection, path: Path) -> None:
    warning = banner(frontier.failed_controls(found.dataset))
    if found.limits.identities:
        plot_axis(found, path, axis="utility", warning=warning)
    elif not found.has_utility:
        plot_axis(found, path, axis="privacy", warning=warning)
    else:
        plot_frontier(found, path, axes=(frontier.privacy_axis, frontier.utility_axis), warning=warning)


def _draw_attackers(frontier: Frontier, found: DatasetFrontier, _: Collection, path: Path) -> None:
    plot_attackers(found, path, warning=banner(frontier.failed_controls(found.dataset)))


def _draw_readers(frontier: Frontier, found: DatasetFrontier, _: Collection, path: Path) -> None:
    plot_readers(found, path, warning=banner(frontier.failed_controls(found.dataset)))


def _draw_similarity(frontier: Frontier, found: DatasetFrontier, collection: Collection, path: Path) -> None:
    recognizer = _first(found.recognizers, "recognizer", found)
    clear = collection.get("attack", found.dataset, *ORIGINAL, recognizer)
    names = readable([row.label for row in found.rows])
    settings = {}
    for row in found.rows:
        measured = collection.get("attack", found.dataset, row.backend, row.setting, recognizer)
        if measured is not None:
            shown = [name for name in SIMILARITY_PROTOCOLS if name in measured.curves]
            settings[names[row.label]] = {name: _histogram(measured, name) for name in shown}
    if clear is None or not any(settings.values()):
        raise DataError(
            f"similarity of {found.dataset}: expected attacks by {recognizer} on clear faces and with a "
            f"protocol of {SIMILARITY_PROTOCOLS}, got none; run the attack stage first"
        )
    plot_similarity(
        _histogram(clear, "clear"),
        settings,
        path,
        dataset=found.dataset,
        recognizer=recognizer,
        warning=banner(frontier.failed_controls(found.dataset)),
    )


def _draw_confusion(frontier: Frontier, found: DatasetFrontier, collection: Collection, path: Path) -> None:
    teacher = _first(found.teachers, "teacher", found)
    names = readable([row.label for row in found.rows])
    pairs = [
        (names[row.label], measured)
        for row in found.rows
        if (measured := collection.get("expression", found.dataset, row.backend, row.setting, teacher))
    ]
    if not pairs or pairs[0][1].values["clear_macro_f1"].value is None:
        raise DataError(
            f"confusion of {found.dataset}: expected labelled expressions read by {teacher}, got none; "
            "run the expression stage first"
        )
    plot_confusion(
        _confusion(pairs[0][1], "before", "clear_macro_f1"),
        {label: _confusion(measured, "after", "macro_f1") for label, measured in pairs},
        [*_curve(pairs[0][1], "classes"), "none"],
        path,
        dataset=found.dataset,
        teacher=teacher,
        warning=banner(frontier.failed_controls(found.dataset)),
    )


PICTURES: Mapping[str, Callable[[Frontier, DatasetFrontier, Collection, Path], None]] = {
    "frontier": _draw_frontier,
    "attackers": _draw_attackers,
    "similarity": _draw_similarity,
    "readers": _draw_readers,
    "confusion": _draw_confusion,
}


def _first(names: Sequence[str], what: str, found: DatasetFrontier) -> str:
    if not names:
        raise DataError(f"{found.dataset}: expected a {what} to draw, got none in the measurements")
    return names[0]


def _histogram(measured: Measurement, protocol: str) -> Histogram:
    curve = _curve(measured, protocol)
    auc = measured.values.get(f"{protocol}_auc")
    return Histogram(
        edges=np.asarray(curve["bin_edges"], dtype=np.float64),
        genuine=np.asarray(curve["genuine"], dtype=np.float64),
        impostor=np.asarray(curve["impostor"], dtype=np.float64),
        auc=None if auc is None else auc.value,
    )


def _confusion(measured: Measurement, when: str, score: str) -> Confusion:
    """The matrix; a last column holds the faces without a prediction, if there are any."""
    counts = np.asarray(_curve(measured, f"confusion_{when}"), dtype=np.int64)
    unanswered = np.asarray(_curve(measured, f"unanswered_{when}"), dtype=np.int64)
    if unanswered.any():
        counts = np.column_stack([counts, unanswered])
    return Confusion(counts=counts, macro_f1=measured.values[score].value)


def _curve(measured: Measurement, name: str) -> Any:
    if name not in measured.curves:
        raise DataError(
            f"{measured.kind} of {measured.dataset} {measured.backend} {measured.setting}: expected the "
            f"curve '{name}', got {sorted(measured.curves)}; remove the measurement and run again"
        )
    return measured.curves[name]
