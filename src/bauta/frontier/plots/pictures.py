"""The pictures of one dataset, from the result of a run and the curves of its measurements."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from bauta.drawing.canvas import reason_picture
from bauta.drawing.page import SCREEN, Page
from bauta.errors import UnknownNameError
from bauta.frontier.measured import measured_sets
from bauta.frontier.plots.data import write_data, write_reason
from bauta.frontier.plots.panels import plot_confusion, plot_similarity
from bauta.frontier.plots.points import plot_attackers, plot_frontier, plot_readers
from bauta.frontier.plots.strength import plot_strength
from bauta.frontier.plots.style import Paths, Shown
from bauta.frontier.result import Frontier, banner
from bauta.io.infeasible import reason_instead
from bauta.measurement import Measurement
from bauta.plan.pictures import SHOWN
from bauta.registry import nearest

PICTURES: Mapping[str, Callable[[Shown, Paths], pd.DataFrame]] = {
    "frontier": plot_frontier,
    "attackers": plot_attackers,
    "similarity": plot_similarity,
    "strength": plot_strength,
    "readers": plot_readers,
    "confusion": plot_confusion,
}


def draw_figure(
    kind: str,
    frontier: Frontier,
    dataset: str,
    paths: Sequence[Path | str],
    *,
    data: Path | str,
    measurements: Sequence[Measurement] = (),
    page: Page = SCREEN,
) -> None:
    """Draw one picture in several formats and write its data; if infeasible, the reason in place of each.

    Args:
        kind: As for `draw_picture`, like the next two and the measurements.
        frontier: Likewise.
        dataset: Likewise.
        paths: A file for each format.
        data: The CSV file.
        measurements: The measurements of the dataset.
        page: What the picture is drawn for.
    """

    def write(reason: str) -> None:
        reason_picture(paths, f"{dataset}: {kind}", reason, page)
        write_reason(reason, data)

    with reason_instead(paths[0], write):
        write_data(draw_picture(kind, frontier, dataset, paths, measurements, page=page), data)


def draw_picture(
    kind: str,
    frontier: Frontier,
    dataset: str,
    paths: Paths,
    measurements: Sequence[Measurement] = (),
    *,
    page: Page = SCREEN,
) -> pd.DataFrame:
    """Draw one picture of a dataset, with the banner if its controls failed, and return what it shows.

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
    # No others, because the workflow provides no others.
    kinds = {name.removesuffix("_clear") for name in SHOWN[kind]}
    sets = measured_sets(one for one in measurements if one.kind in kinds)
    return PICTURES[kind](Shown(found, axes, warning, sets, page), paths)
