"""How good landmarks, and damaged ones, stand to the bounds of `bauta.anonymize.witness`.

    python benchmarks/face_witness.py PATH/TO/lfw --limit 500
    python benchmarks/face_witness.py PATH/TO/fer2013 --limit 300 --detector full_frame

Needs the files of the detector and of both landmarkers (BAUTA_MODELS). Prints, for each landmarker, the least
or the most that the bounds look at, and how many faces the check fails: with the landmarks as they are, for
the weakest settings of each backend that edits a region of its own, and with each kind of damage for blur.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.ciagan.view import face_of
from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.pixelate import Pixelate
from bauta.anonymize.classical.settings import BlurSetting, PixelateSetting
from bauta.anonymize.deepprivacy.fill import face_box
from bauta.anonymize.run import handed_on
from bauta.anonymize.witness import Bounds, alike, bounds_of, kept, misplaced, uncovered, zones_of
from bauta.contract import CropContract, Status
from bauta.detect import DETECTORS
from bauta.detect.run import central
from bauta.io.images import read_image
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.hull import face_hull
from bauta.landmarks.to_ibug import to_ibug
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch

CONTRACT = CropContract()
SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm")
WEAKEST = {
    "blur 3": Blur(BlurSetting(kernel=3), CONTRACT),
    "pixelate 2": Pixelate(PixelateSetting(block=2), CONTRACT),
}


def far(points: NDArray[np.float32]) -> NDArray[np.float32]:
    moved = points.copy()
    moved[3, 0] = 1e30
    return moved


DAMAGES: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "on one spot": lambda points: np.broadcast_to(points.mean(axis=0), points.shape),
    "on a line": lambda points: points * np.float32([1, 0]) + np.float32([0, CONTRACT.size / 2]),
    "a twentieth": lambda points: points.mean(axis=0) + (points - points.mean(axis=0)) / 20,
    "half the size": lambda points: points.mean(axis=0) + (points - points.mean(axis=0)) / 2,
    "six tenths": lambda points: points.mean(axis=0) + (points - points.mean(axis=0)) * np.float32(0.6),
    "half the height": lambda points: (
        points.mean(axis=0) + (points - points.mean(axis=0)) * np.float32([1, 0.5])
    ),
    "half outside": lambda points: points + np.float32([CONTRACT.size / 2, 0]),
    "one at 1e30": far,
    "not finite": lambda points: np.where(np.arange(68)[:, None] == 5, np.float32(np.inf), points),
    "mirrored": lambda points: np.float32([CONTRACT.size - 1, 0]) + points * np.float32([-1, 1]),
    "in another order": lambda points: points[np.random.default_rng(0).permutation(68)],
}


def crops_of(folder: Path, detector: str, limit: int, models: ModelStore) -> NDArray[np.uint8]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    drawn = np.random.default_rng(0).permutation(len(paths))[:limit]
    found, crops = DETECTORS.load(detector)(models), []
    for row in drawn:
        image = read_image(paths[row])
        faces = found.detect(image)
        if len(faces.scores):
            matrix = fit_similarity(faces.points[central(faces, *image.shape[:2])], CONTRACT.template())
            crops.append(warp_crop(image, matrix, CONTRACT.size))
    print(f"{len(drawn)} images, {len(crops)} with a face")
    return np.stack(crops)


def report(crops: NDArray[np.uint8], points: NDArray[np.float32], bounds: Bounds) -> None:
    batch = FaceBatch([f"face {row}" for row in range(len(crops))], images=crops, landmarks=points)
    zones = zones_of(CONTRACT)
    boxes = np.zeros(crops.shape[:3], dtype=np.uint8)
    for box, face in zip(boxes, points, strict=True):
        left, top, right, bottom = face_box(face, CONTRACT.size)
        box[top:bottom, left:right] = 1
    views = [face_of(face, CONTRACT.size) for face in points]
    regions = {
        "hull": np.stack([face_hull(face, CONTRACT.size) for face in points]),
        "DeepPrivacy": boxes,
        "CIAGAN": np.stack([view.edited.astype(np.uint8) for view in views if view is not None]),
    }
    for name, masks in regions.items():
        least = [float(masks[:, zone].mean(axis=1).min()) for zone in (zones.middle, zones.face)]
        fail = sum(uncovered(mask, CONTRACT) is not None for mask in masks)
        print(f"  {name}: least of the middle {least[0]:.3f}, of the face {least[1]:.3f}; {fail} fail")
    print(f"  landmarks: {sum(misplaced(face, CONTRACT, bounds) is not None for face in points)} fail")
    for name, backend in WEAKEST.items():
        result = backend.anonymize(batch, seed=0)
        fail = len(handed_on(crops, result, CONTRACT)) + int((result.status != Status.OK.code).sum())
        print(
            f"  {name}: most kept {kept(crops, result, CONTRACT).max():.3f}, alike "
            f"{alike(crops, result, CONTRACT).max():.3f}; {fail} fail"
        )
    for name, damage in DAMAGES.items():
        damaged = np.stack([damage(face) for face in points]).astype(np.float32)
        fail = sum(misplaced(face, CONTRACT, bounds) is not None for face in damaged)
        print(f"  {name}: {fail} of {len(points)} fail")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder, searched with its subfolders")
    parser.add_argument("--limit", type=int, default=500, help="draw that many images (%(default)s)")
    parser.add_argument("--detector", default="mtcnn", help="(%(default)s)")
    arguments = parser.parse_args()
    models = ModelStore.default()
    crops = crops_of(arguments.images, arguments.detector, arguments.limit, models)
    for name in ("dlib68", "mediapipe478"):
        points = to_ibug(LANDMARKERS.load(name)(CONTRACT, models).locate(crops))
        found = np.isfinite(points).all(axis=(1, 2))
        print(f"{name}: {found.sum()} faces")
        report(crops[found], points[found], bounds_of(arguments.detector))


if __name__ == "__main__":
    main()
