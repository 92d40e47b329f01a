"""Small faces with everything that a backend may see, without a detector."""

import cv2
import numpy as np

from bauta.protocols import FaceBatch

SIZE = 64


def face_points(size: int = SIZE) -> np.ndarray:
    """68 points in the iBUG order of a frontal face in the middle of a crop: float32 (68, 2)."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.22 * np.cos(angles), 0.5 + 0.27 * np.sin(angles)], axis=1)
    brows = [(x, 0.38) for x in (*np.linspace(0.32, 0.46, 5), *np.linspace(0.54, 0.68, 5))]
    nose = [(0.5, y) for y in np.linspace(0.44, 0.56, 4)] + [(x, 0.58) for x in np.linspace(0.46, 0.54, 5)]
    eyes = [(cx + dx, 0.44 + dy) for cx in (0.39, 0.61) for dx, dy in EYE]
    mouth = [(0.5 + 0.09 * np.cos(a), 0.66 + 0.03 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 20)]
    return (np.array([*jaw, *brows, *nose, *eyes, *mouth]) * size).astype(np.float32)


EYE = ((-0.05, 0), (-0.02, -0.02), (0.02, -0.02), (0.05, 0), (0.02, 0.02), (-0.02, 0.02))


def mesh_points(size: int = SIZE) -> np.ndarray:
    """478 points on a spiral that fills a frontal face in the middle of a crop: float32 (478, 2)."""
    steps = np.arange(478)
    radius, angle = np.sqrt((steps + 0.5) / 478), steps * 2.39996
    places = [0.5 + 0.22 * radius * np.cos(angle), 0.55 + 0.27 * radius * np.sin(angle)]
    return (np.stack(places, axis=1) * size).astype(np.float32)


def make_faces(subjects: int, images: int, seed: int = 0, size: int = SIZE) -> FaceBatch:
    """Smooth random crops; images of a subject resemble each other, expressions take turns."""
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
        parsing=rng.integers(0, 19, (count, size, size), dtype=np.uint8),
        subjects=names,
        expressions=expressions,
    )
