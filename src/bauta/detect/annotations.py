"""Faces annotated in a dataset, used in place of a detector."""

from typing import Any

import numpy as np

from bauta.detect.box_points import box_round_points, points_in_box
from bauta.detect.working_size import no_faces
from bauta.models.store import ModelStore
from bauta.protocols import Detections
from bauta.registry import Card

CARD = Card(
    name="annotations",
    kind="detector",
    implementation="bauta.detect.annotations:Annotations",
    about="The boxes and points that come with the dataset.",
)


class Annotations:
    """Takes boxes and points from the manifest, the largest face first.

    For a face with only a box, the points are placed at their average positions, see `box_points`; for a face
    with only points, the box is derived likewise.
    """

    def __init__(self, models: ModelStore) -> None:
        del models

    def faces_of(self, image: dict[str, Any]) -> Detections:
        """Annotated faces of one row of `tables.MANIFEST`, each with a score of 1."""
        boxes = np.array(image["boxes"] or [], dtype=np.float32).reshape(-1, 4)
        if len(boxes) == 0:
            return no_faces()
        points = np.array(image["points"] or np.full((len(boxes), 10), np.nan), dtype=np.float32)
        points = points.reshape(-1, 5, 2)
        for box, five in zip(boxes, points, strict=True):
            if not np.isfinite(box).all():
                box[:] = box_round_points(five)
            elif not np.isfinite(five).all():
                five[:] = points_in_box(box)
        order = np.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(axis=1), kind="stable")
        return Detections(boxes[order], np.ones(len(boxes), dtype=np.float32), points[order])
