"""The pictures of one dataset, from the result of a run and the curves of its measurements."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bauta.errors import UnknownNameError
from bauta.frontier.measured import measured_sets
from bauta.frontier.plots.panels import plot_confusion, plot_similarity
from bauta.frontier.plots.points import plot_attackers, plot_frontier, plot_readers
from bauta.frontier.plots.strength import plot_strength
from bauta.frontier.plots.style import Shown
from bauta.frontier.result import Frontier, banner
from bauta.measurement import Measurement
from bauta.registry import nearest

PICTURES: Mapping[str, Callable[[Shown, Path | str], None]] = {
    "frontier": plot_frontier,
    "attackers": plot_attackers,
    "similarity": plot_similarity,
    "strength": plot_strength,
    "readers": plot_readers,
    "confusion": plot_confusion,
}


def draw_picture(
    kind: str, frontier: Frontier, dataset: str, path: Path | str, measurements: Sequence[Measurement] = ()
) -> None:
    """Draw one picture of a dataset, with the banner if its controls failed.

    `kind` is a name in `PICTURES`; the measurements of the dataset provide the curves that some of them show.

    Raises:
        UnknownNameError: there is no such picture.
        DataError: the dataset is not in the result, or the measurements lack the data for the picture.
        InfeasibleError: the dataset does not support the picture.
    """
    if kind not in PICTURES:
        raise UnknownNameError(f"unknown picture '{kind}': {nearest(kind, list(PICTURES))}")
    found = frontier.of(dataset)
    found = found.model_copy(update={"rows": found.measured})
    axes, warning = (frontier.privacy_axis, frontier.utility_axis), banner(frontier.failed_controls(dataset))
    PICTURES[kind](Shown(found, axes, warning, measured_sets(measurements)), path)
