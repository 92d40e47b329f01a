"""What a generator was given, recovered from its pictures: its landmarks, by regression on the pixels.

A face that is drawn on someone's landmarks gives them back, and a face's shape identifies its owner.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV

from bauta.attack.views.people import ClearFaces, People, unit
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.registry import Card

CARD = Card(
    name="conditions",
    kind="view",
    implementation="bauta.attack.views.conditions:conditions",
    about="The landmarks that a generator was given, recovered from its pictures by ridge regression.",
    needs=("landmarks",),
    by_recognizer=False,
    source="Hoerl and Kennard, Technometrics 12, 1970",
)

SIDE = 48
PENALTIES = np.geomspace(1e-1, 1e5, 13)
KEPT = 0.999
"""Share of the variance of the shapes that is kept.

On 344 probes of 191 people of LFW whom `cgan` never saw, the discriminant of the recovered shapes names 0.25,
and 0.20 with 0.99 kept.
"""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Conditions:
    """Recovers landmarks; see `LearntView`."""

    regression: RidgeCV | None
    shapes: PCA | None
    dimensions: int
    about: str

    def anonymized(self, images: Images) -> Floats:
        """Recovered shapes of released images."""
        if self.regression is None:
            return _same(len(images), self.dimensions)
        return self._features(self.regression.predict(pixels_of(images)))

    def clear(self, faces: ClearFaces) -> Floats:
        """Shapes of clear faces by their landmarks; a face without any gets an arbitrary one."""
        points = faces.points()
        if self.regression is None:
            return _same(len(points), self.dimensions)
        found = unit(np.zeros((len(points), self.dimensions)))
        known = np.isfinite(points).all(axis=(1, 2))
        if known.any():
            found[known] = self._features(points[known].reshape(int(known.sum()), -1))
        return found

    def _features(self, shapes: NDArray[np.floating]) -> Floats:
        """Directions of the whitened principal components of shapes (N, 136), as unit vectors."""
        return unit(self.shapes.transform(shapes)) if self.shapes is not None else _same(len(shapes), 1)


def conditions(people: People, backend: Anonymizer, recognizer: Recognizer, *, seed: int) -> Conditions:  # noqa: ARG001
    """Learn the regression on the attacker's own people; see `View`."""
    points = people.points().reshape(len(people), 2 * 68)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(known) < 3:
        return Conditions(None, None, 1, "no people to learn from")
    pixels = np.concatenate([pixels_of(people.released(rows)) for rows in people.batches()])[known]
    shapes = PCA(KEPT, whiten=True, svd_solver="full").fit(points[known].astype(np.float64))
    regression = RidgeCV(PENALTIES).fit(pixels, points[known].astype(np.float64))
    error = float(np.sqrt(np.square(regression.predict(pixels) - points[known]).mean()))
    told = f"ridge {regression.alpha_:g}, {error:.2f} pixels rms on {len(known)} own faces"
    return Conditions(regression, shapes, int(shapes.n_components_), told)


def pixels_of(images: Images) -> Array:
    """Thumbnails of images uint8 (N, H, W, 3) as float64 (N, SIDE · SIDE) of luma in [0, 1]."""
    found = np.empty((len(images), SIDE * SIDE))
    for row, image in enumerate(images):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        found[row] = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
    return found / 255


def _same(count: int, dimensions: int) -> Floats:
    return np.full((count, dimensions), 1 / np.sqrt(dimensions), dtype=np.float32)
