"""What the renderer of the embedded dataset knows of its faces, in the quantities of the estimators."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bauta.alignment.align import apply_affine
from bauta.contract import Status
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.scene import Moment, sample_moment
from bauta.errors import DataError
from bauta.io.parquet import read_parquet
from bauta.io.tables import ALIGNMENT, read_table
from bauta.preserve.head_pose import from_angles
from bauta.preserve.openings import openings
from bauta.preserve.quantities import QUANTITIES

COLUMNS = ("image_id", "subject", "expression", "intensity", "yaw", "pitch", "roll", "points")

EYE_RADIUS = 12.0
"""Radius in mm of the ball on which the renderer's pupil lies off the middle (`gaze.EYE_RADIUS`)."""

BLENDSHAPES: Mapping[int, tuple[int, ...]] = {
    1: (3,),
    2: (4, 5),
    4: (1, 2),
    5: (21, 22),
    6: (7, 8),
    7: (19, 20),
    9: (50, 51),
    10: (48, 49),
    12: (44, 45),
    15: (30, 31),
    16: (34, 35),
    20: (46, 47),
    26: (25,),
    43: (9, 10),
}
"""Action unit of the renderer → MediaPipe's blendshapes of the same movement, left and right.

browInnerUp, browOuterUp, browDown, eyeWide, cheekSquint, eyeSquint, noseSneer, mouthUpperUp, mouthSmile,
mouthFrown, mouthLowerDown, mouthStretch, jawOpen and eyeBlink.
"""


def rendered_truth(
    truth: Path | str, alignment: Path | str, face_ids: Sequence[str], seed: int
) -> Mapping[str, NDArray[np.float64]]:
    """The true landmarks, poses, openings, gazes and blendshapes of rendered faces, in their crops.

    Gaze and action units are not in the table of the ground truth; they are drawn again, as the renderer drew
    them. Of the blendshapes, those are known that one action unit drives.

    Args:
        truth: `truth.parquet` of `synthfaces.render_dataset`.
        alignment: The alignment of the dataset, a table of `tables.ALIGNMENT`.
        face_ids: The faces, in order.
        seed: Seed with which they were rendered.

    Returns:
        Quantity → float64 (N, *shape), NaN for faces without a crop.

    Raises:
        DataError: a table is damaged or lacks a column, a face or an image.
    """
    table = read_parquet(Path(truth))
    if missing := set(COLUMNS) - set(table.column_names):
        raise DataError(f"{truth} lacks the column {min(missing)}: render the dataset again")
    images = {row["image_id"]: row for row in table.select(list(COLUMNS)).to_pylist()}
    faces = _faces(read_table(Path(alignment), ALIGNMENT), face_ids, alignment)
    points = np.full((len(faces), 68, 2), np.nan)
    angles, gaze = np.full((len(faces), 3), np.nan), np.full((len(faces), 2), np.nan)
    blendshapes = np.full((len(faces), *QUANTITIES["blendshapes"]), np.nan)
    for row, face in enumerate(faces):
        image = images.get(face["image_id"])
        if image is None:
            raise DataError(f"{truth} has no image '{face['image_id']}': render the dataset again")
        if face["status"] != Status.OK:
            continue
        matrix = np.reshape(face["matrix"], (2, 3))
        points[row] = apply_affine(matrix, np.reshape(image["points"], (68, 2)))
        leaning = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
        angles[row] = image["yaw"], image["pitch"], image["roll"] + leaning
        moment = _moment(image, seed)
        gaze[row] = _gaze(moment)
        for unit, shapes in BLENDSHAPES.items():
            blendshapes[row, shapes] = min(1.0, moment.activation[unit])
    return {
        "landmarks": points,
        "pose": from_angles(angles),
        "gaze": gaze,
        "openings": openings(points),
        "blendshapes": blendshapes,
    }


def _faces(alignment: pa.Table, face_ids: Sequence[str], path: Path | str) -> list[dict[str, Any]]:
    known = {row["face_id"]: row for row in alignment.to_pylist()}
    if missing := [face_id for face_id in face_ids if face_id not in known]:
        raise DataError(f"{path} has no face '{missing[0]}' ({len(missing)} missing)")
    return [known[face_id] for face_id in face_ids]


def _moment(image: Mapping[str, Any], seed: int) -> Moment:
    """What the renderer drew for a picture."""
    subject, index = int(image["subject"][1:]), int(image["image_id"].rpartition("_")[2])
    rng = np.random.default_rng(np.random.SeedSequence((seed, subject, 1 + index)))
    return sample_moment(sample_identity(seed, subject), image["expression"], image["intensity"], rng)


def _gaze(moment: Moment) -> NDArray[np.float64]:
    """Yaw and pitch in degrees relative to the head."""
    x, y = moment.gaze / EYE_RADIUS
    forward = np.sqrt(1.0 - x**2 - y**2)
    return np.degrees([np.arctan2(x, forward), np.arctan2(y, np.hypot(x, forward))])
