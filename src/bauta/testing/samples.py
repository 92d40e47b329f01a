"""Synthetic crops and faces for tests, without a detector and without pictures of people."""

from collections.abc import Sequence

import cv2
import numpy as np

from bauta.contract import CropContract
from bauta.labels import EXPRESSIONS
from bauta.protocols import FaceBatch, Floats, Images

EYE = ((-0.05, 0), (-0.02, -0.02), (0.02, -0.02), (0.05, 0), (0.02, 0.02), (-0.02, 0.02))


def sample_crops(contract: CropContract, count: int = 5, *, blocks: int = 8, seed: int = 1) -> Images:
    """Create random mosaics of blocks × blocks colours, all different: uint8 (count, size, size, 3)."""
    side = contract.size // blocks
    coarse = np.random.default_rng(seed).integers(0, 256, (count, blocks, blocks, 3), dtype=np.uint8)
    return coarse.repeat(side, axis=1).repeat(side, axis=2)


def face_points(size: int = 64) -> Floats:
    """Return the 68 iBUG points of a frontal face in the middle of a crop: float32 (68, 2)."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.22 * np.cos(angles), 0.5 + 0.27 * np.sin(angles)], axis=1)
    brows = [(x, 0.38) for x in (*np.linspace(0.32, 0.46, 5), *np.linspace(0.54, 0.68, 5))]
    nose = [(0.5, y) for y in np.linspace(0.44, 0.56, 4)] + [(x, 0.58) for x in np.linspace(0.46, 0.54, 5)]
    eyes = [(cx + dx, 0.44 + dy) for cx in (0.39, 0.61) for dx, dy in EYE]
    mouth = [
        (0.5 + 0.09 * part * np.cos(angle), 0.69 + 0.03 * part * np.sin(angle))
        for count, part in ((12, 1.0), (8, 0.8))
        for angle in np.linspace(np.pi, 3 * np.pi, count, endpoint=False)
    ]
    return (np.array([*jaw, *brows, *nose, *eyes, *mouth]) * size).astype(np.float32)


def mesh_points(size: int = 64) -> Floats:
    """Return 478 points on a spiral that fills a frontal face in the middle of a crop: float32 (478, 2)."""
    steps = np.arange(478)
    radius, angle = np.sqrt((steps + 0.5) / 478), steps * 2.39996
    places = [0.5 + 0.22 * radius * np.cos(angle), 0.55 + 0.27 * radius * np.sin(angle)]
    return (np.stack(places, axis=1) * size).astype(np.float32)


def sure_posteriors(expressions: Sequence[str | None], share: float = 0.9) -> Floats:
    """Return posteriors with a share on each expression: float32 (N, 7), NaN for None."""
    found = np.full(
        (len(expressions), len(EXPRESSIONS)), (1 - share) / (len(EXPRESSIONS) - 1), dtype=np.float32
    )
    for row, expression in enumerate(expressions):
        if expression is None:
            found[row] = np.nan
        else:
            found[row, EXPRESSIONS.index(expression)] = share
    return found


def sample_faces(subjects: int = 6, images: int = 4, seed: int = 0, size: int = 64) -> FaceBatch:
    """Create smooth random crops with every field of `FaceBatch` except `surroundings`.

    Images of a subject resemble each other; the labels alternate between `happy` and `sad`, and the
    posteriors are sure of them.
    """
    rng = np.random.default_rng(seed)
    crops, names, expressions = [], [], []
    for subject in range(subjects):
        person = rng.uniform(0, 255, (6, 6, 3))
        for image in range(images):
            coarse = np.clip(person + rng.normal(0, 12, person.shape), 0, 255).astype(np.float32)
            smooth = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
            crops.append(np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8))
            names.append(f"s{subject:03d}")
            expressions.append(("happy", "sad")[image % 2])
    count = len(crops)
    jitter = rng.normal(0, 0.5, (count, 1, 2)).astype(np.float32)
    return FaceBatch(
        face_ids=[f"{name}/{row}" for row, name in enumerate(names)],
        images=np.stack(crops),
        landmarks=face_points(size) + jitter,
        mesh=mesh_points(size) + jitter,
        blendshapes=rng.uniform(0, 1, (count, 52)).astype(np.float32),
        flame=np.random.default_rng(seed).normal(0, 0.5, (count, 56)).astype(np.float32),
        parsing=rng.integers(0, 19, (count, size, size), dtype=np.uint8),
        subjects=names,
        labels=expressions,
        posteriors=sure_posteriors(expressions),
    )
