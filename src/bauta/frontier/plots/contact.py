"""A contact sheet of originals and anonymized faces; it shows people, so the config must ask for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.frontier.plots.names import readable
from bauta.frontier.plots.style import INK, Heading, draw
from bauta.store import Store

THUMBNAIL = 112
GAP = 4
LABEL_INCHES = 1.55
CHARACTER_INCHES = 0.085
NARROW_INCHES = 0.6
"""Of a column below which the captions must be smaller."""


def contact_sheet(
    originals: Store,
    anonymized: Mapping[str, Store],
    faces: Sequence[str],
    path: Path | str,
    *,
    dataset: str,
    captions: Sequence[str] | None = None,
    warning: str | None = None,
) -> None:
    """Draw the originals above what each setting made of them.

    Args:
        originals: The crops.
        anonymized: Store of each setting, by the label of its row.
        faces: Ids of the faces, one column each.
        path: The PNG.
        dataset: Name of the dataset, for the title.
        captions: Above the columns, such as the expressions.
        warning: Banner of failed controls, or None.

    Raises:
        StoreError: a store does not hold one of the faces.
    """
    rows = {"original": _thumbnails(originals, faces)}
    names = readable(list(anonymized))
    rows |= {names[label]: _thumbnails(store, faces) for label, store in anonymized.items()}
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows.values()])
    longest = max(len(line) for name in rows for line in name.splitlines())
    beside = max(LABEL_INCHES, CHARACTER_INCHES * longest)
    width = min(9.4, beside + len(faces) * 1.0)
    cell = (width - beside) / len(faces)
    heading = Heading(
        title=f"Originals and anonymized faces of {dataset}",
        subtitle=f"{len(faces)} faces. A crossed cell has no output: it was never replaced by the original.",
        warning=warning,
    )
    body = cell * len(rows) + (0.25 if captions else 0.05)
    size = 8.0 if cell > NARROW_INCHES else 6.0
    draw(path, heading, (width, body), lambda figure: _paint(figure, sheet, list(rows), captions, size))


def _thumbnails(store: Store, faces: Sequence[str]) -> NDArray[np.uint8]:
    """uint8 (N, THUMBNAIL + GAP, THUMBNAIL + GAP, 3), white gaps; faces without an output are crossed."""
    rows = store.rows_of(faces)
    images, status = store.take("images", rows), store.take("status", rows)
    cells = np.full((len(faces), THUMBNAIL + GAP, THUMBNAIL + GAP, 3), 255, dtype=np.uint8)
    for cell, image, code in zip(cells, images, status, strict=True):
        cell[:THUMBNAIL, :THUMBNAIL] = cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        if code != Status.OK.code:
            cell[:THUMBNAIL, :THUMBNAIL] = _crossed()
    return cells


def _crossed() -> NDArray[np.uint8]:
    """A light cell with a cross, which no anonymizer makes."""
    cell = np.full((THUMBNAIL, THUMBNAIL, 3), 235, dtype=np.uint8)
    end = THUMBNAIL - 1
    for start, stop in (((0, 0), (end, end)), ((0, end), (end, 0))):
        cv2.line(cell, start, stop, (179, 38, 30), 2, cv2.LINE_AA)
    return cell


def _paint(
    figure: Figure,
    sheet: NDArray[np.uint8],
    labels: Sequence[str],
    captions: Sequence[str] | None,
    size: float,
) -> None:
    axes = figure.add_subplot(anchor="E")  # what the faces leave free is for the names
    axes.imshow(sheet, interpolation="antialiased")
    pitch = THUMBNAIL + GAP
    axes.set_yticks([pitch * (index + 0.5) for index in range(len(labels))])
    axes.set_yticklabels(labels, color=INK)
    axes.set_xticks([])
    if captions:
        axes.xaxis.tick_top()
        axes.set_xticks(
            [pitch * (index + 0.5) for index in range(len(captions))], captions, size=size, color=INK
        )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
