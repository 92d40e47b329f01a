"""A contact sheet of originals and anonymized faces; it shows people, so the config must enable it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from PIL import Image

from bauta.config.short_names import readable
from bauta.contract import Status
from bauta.drawing.canvas import INK, WIDTH, picture
from bauta.errors import InfeasibleError
from bauta.store import Store

THUMBNAIL, GAP = 112, 4
LABEL_INCHES, CHARACTER_INCHES = 1.55, 0.085
NARROW_INCHES = 0.6  # of a column below which the captions must be smaller
ROWS = "bauta-rows"
"""Text in the PNG of a sheet that says where its rows are: see `rows_of_sheet`."""
ORIGINAL = "original"


def contact_sheet(
    crops: Path | str,
    anonymized: Mapping[str, Path | str],
    faces: Sequence[str],
    path: Path | str,
    *,
    title: str,
    captions: Sequence[str] = (),
    warning: str | None = None,
) -> None:
    """Draw the originals above the output of each setting; an infeasible setting has none.

    `crops` is the store of the originals, and `anonymized` maps the label of each row to the store of its
    setting. Each face, given by its id, is a column below its caption, such as the expression. Stores of
    attackers' views may be among the rows. The warning is the banner of failed controls.

    Raises:
        StoreError: a store is incomplete or lacks one of the faces.
    """
    names = readable(list(anonymized))
    rows = {ORIGINAL: _thumbnails(Store.open(crops), faces)}
    for label, place in anonymized.items():
        try:
            rows[label] = _thumbnails(Store.open(place), faces)
        except InfeasibleError:
            continue  # the table says why
    shown = [names.get(label, label) for label in rows]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows.values()])
    longest = max(len(line) for name in shown for line in name.splitlines())
    beside = max(LABEL_INCHES, CHARACTER_INCHES * longest)
    width = min(WIDTH, beside + len(faces) * 1.0)
    cell = (width - beside) / len(faces)
    note = f"{len(faces)} faces. A crossed cell has no output: it was never replaced by the original."
    size = (width, cell * len(rows) + (0.25 if captions else 0.05))
    drawn: list[Axes] = []
    with picture(path, title, note, size, warning, describe=lambda: _places(drawn[0], list(rows))) as figure:
        axes = figure.add_subplot(anchor="E")  # the space beside the faces is for the names
        drawn.append(axes)
        axes.imshow(sheet, interpolation="antialiased")
        middle = (np.arange(max(len(rows), len(faces))) + 0.5) * (THUMBNAIL + GAP)
        axes.set_yticks(middle[: len(rows)], shown, color=INK)
        axes.xaxis.tick_top()
        letters = 8.0 if cell > NARROW_INCHES else 6.0
        axes.set_xticks(middle[: len(captions)], captions, size=letters, color=INK)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)


def rows_of_sheet(path: Path | str) -> list[list[str | float]]:
    """Where the rows of a sheet are: label, top, bottom, left and right, in shares of the height and width.

    A sheet that was drawn before rows were recorded, or a reason in its place, has none.
    """
    with Image.open(path) as sheet:
        return json.loads(sheet.info.get(ROWS, "[]"))


def _places(axes: Axes, labels: Sequence[str]) -> dict[str, str]:
    """The text of a PNG that says where the rows of faces are."""
    box, row = axes.get_position(), 1 / len(labels)
    whole, faces = box.y1 - box.y0, THUMBNAIL / (THUMBNAIL + GAP)
    places = []
    for index, label in enumerate(labels):
        top = 1 - box.y1 + whole * row * index
        edges = (top, top + whole * row * faces, box.x0, box.x1)
        places.append([label, *(round(float(edge), 5) for edge in edges)])
    return {ROWS: json.dumps(places)}


def _thumbnails(store: Store, faces: Sequence[str]) -> NDArray[np.uint8]:
    """uint8 (N, THUMBNAIL + GAP, THUMBNAIL + GAP, 3), white gaps; faces without an output are crossed."""
    rows = store.rows_of(faces)
    cells = np.full((len(faces), THUMBNAIL + GAP, THUMBNAIL + GAP, 3), 255, dtype=np.uint8)
    for cell, image, code in zip(cells, store.take("images", rows), store.take("status", rows), strict=True):
        shown = cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        if code != Status.OK.code:
            shown, end = np.full_like(shown, 235), THUMBNAIL - 1
            for start, stop in (((0, 0), (end, end)), ((0, end), (end, 0))):
                cv2.line(shown, start, stop, (179, 38, 30), 2, cv2.LINE_AA)
        cell[:THUMBNAIL, :THUMBNAIL] = shown
    return cells
