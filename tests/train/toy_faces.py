"""Drawn faces with seven mouths and brows: small enough to learn in seconds."""

import cv2
import numpy as np

from bauta.contract import CropContract, Status
from bauta.datasets.face_table import FaceTable
from bauta.labels import EXPRESSIONS
from bauta.store import ArraySpec, Store, StoreWriter

CONTRACT = CropContract(size=64)
PER_SUBJECT = 14

# mouth curve, mouth opening, brow slant of each expression
SHAPES = {
    "angry": (0, 0, 5),
    "disgust": (-5, 4, 3),
    "fear": (0, 7, -5),
    "happy": (8, 0, 0),
    "sad": (-8, 0, -5),
    "surprise": (0, 12, 0),
    "neutral": (0, 0, 0),
}


def draw_face(expression, rng):
    curve, opening, slant = SHAPES[expression]
    image = np.full((64, 64), rng.integers(60, 120), dtype=np.uint8)
    cv2.ellipse(image, (32, 34), (20, 26), 0, 0, 360, int(rng.integers(170, 220)), -1)
    for side in (-1, 1):
        cv2.circle(image, (32 + side * 9, 28), 2, 20, -1)
        cv2.line(image, (32 + side * 14, 20), (32 + side * 4, 20 + slant), 40, 2)
    corner = 46 - curve
    mouth = np.array([[22, corner], [32, 46 - opening // 2], [42, corner], [32, 46 + opening]])
    mouth[[1, 3], 1] += max(curve, 0) // 2
    cv2.polylines(image, [mouth], isClosed=True, color=50, thickness=2)
    noisy = image + rng.normal(0, 6, image.shape)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def face_table(subjects, expressions=EXPRESSIONS):
    """Rows of the given subjects; their expressions take turns."""
    rows = [(f"s{subject}", place) for subject in subjects for place in range(PER_SUBJECT)]
    return FaceTable(
        face_ids=tuple(f"{name}_{place:02d}" for name, place in rows),
        subjects=tuple(name for name, _ in rows),
        expressions=tuple(expressions[place % len(expressions)] for _, place in rows),
        partitions=("train",) * len(rows),
        roles=(None,) * len(rows),
        statuses=(Status.OK.value,) * len(rows),
        split_sha256="0" * 64,
    )


def write_crops(path, faces, failed=()):
    """A store of drawn faces; those named in `failed` are black."""
    status = np.array(
        [Status.NO_FACE.code if name in failed else 0 for name in faces.face_ids], dtype=np.uint8
    )
    images = np.stack(
        [
            draw_face(label or "neutral", np.random.default_rng([7, row]))
            for row, label in enumerate(faces.expressions)
        ]
    )
    images[status > 0] = 0
    specs = {"images": ArraySpec((64, 64, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(path, specs, faces.face_ids) as writer:
        writer.append(images=images, status=status)
    return Store.open(path)
