"""Images and models that are made up: what is measured is the stages' own memory, not a network's."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract, Status
from bauta.datasets.face_table import FaceTable
from bauta.labels import EXPRESSIONS, LABEL_SPACES
from bauta.protocols import Detections, Floats, Images
from bauta.store import ArraySpec, StoreWriter
from bauta.testing.samples import face_points

IMAGE_SIDE = 32
IMAGES_PER_PERSON = 10
DIMENSIONS = 512


def write_images(root: Path, rows: int) -> None:
    """A folder for each person with small images, no two alike, and their labels."""
    rng = np.random.default_rng(0)
    root.mkdir(parents=True)
    with (root / "labels.csv").open("w", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["path", "expression"])
        for row in range(rows):
            person, number = divmod(row, IMAGES_PER_PERSON)
            if number == 0:
                (root / f"person{person:06d}").mkdir()
                mean = rng.integers(0, 256, (4, 4, 3)).astype(np.float32)
            coarse = np.clip(mean + rng.normal(0, 20, mean.shape), 0, 255).astype(np.uint8)
            image = cv2.resize(coarse, (IMAGE_SIDE, IMAGE_SIDE), interpolation=cv2.INTER_LINEAR)
            name = f"person{person:06d}/{number}.png"
            (root / name).write_bytes(cv2.imencode(".png", image)[1].tobytes())
            labels.writerow([name, EXPRESSIONS[(person + number) % len(EXPRESSIONS)]])


def _thumbnails(images: Images, side: int) -> Floats:
    small = [cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA).ravel() for image in images]
    return np.array(small, dtype=np.float32).reshape(len(images), side * side * 3)


def _projected(images: Images, dimensions: int) -> Floats:
    """Random projections of thumbnails."""
    directions = np.random.default_rng(0).standard_normal((4 * 4 * 3, dimensions), dtype=np.float32)
    return (_thumbnails(images, 4) - 128) @ directions


class CentralFace:
    """A detector that finds one face in the middle of every image."""

    def detect(self, image: Images) -> Detections:
        side = image.shape[0]
        points = CropContract(size=side).template()
        box = np.array([[0.3, 0.3, 0.7, 0.7]], dtype=np.float32) * side
        return Detections(box, np.ones(1, dtype=np.float32), points[None])


class SamePoints:
    """A landmarker that gives every face the same 68 points, those of a frontal face."""

    points = 68

    def __init__(self, contract: CropContract) -> None:
        self._points = face_points(contract.size)

    def locate(self, crops: Images) -> Floats:
        return np.tile(self._points, (len(crops), 1, 1))


class Bands:
    """A parser that cuts every crop into bands."""

    needs_landmarks = True

    def parse(self, crops: Images, landmarks: Floats) -> NDArray[np.uint8]:
        del landmarks
        bands = np.arange(crops.shape[1], dtype=np.uint8)[:, None] // 16
        return np.tile(bands, (len(crops), 1, crops.shape[2]))


class Projections:
    """A recognizer whose vectors are random projections of thumbnails."""

    dimensions = DIMENSIONS

    def embed(self, crops: Images) -> Floats:
        vectors = _projected(crops, DIMENSIONS)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class ProjectedExpressions:
    """A teacher whose posteriors are a softmax of random projections."""

    space = "fer2013"
    classes = LABEL_SPACES["fer2013"].classes

    def predict(self, crops: Images) -> Floats:
        likely = np.exp(np.clip(_projected(crops, len(self.classes)) / 200, -9, 9))
        return likely / likely.sum(axis=1, keepdims=True)


class ProjectedFeatures:
    """As many features as Inception gives."""

    def features(self, images: Images) -> NDArray[np.float64]:
        return _projected(images, 2048).astype(np.float64)


def mean_difference(originals: Images, others: Images) -> NDArray[np.float64]:
    """Stands for LPIPS."""
    return np.abs(originals.astype(np.int16) - others).mean(axis=(1, 2, 3))


def unit_vectors(rows: int, dimensions: int = DIMENSIONS, seed: int = 0) -> Floats:
    """Random unit vectors float32 (rows, dimensions), the images of a person around a common one."""
    rng = np.random.default_rng(seed)
    vectors = np.empty((rows, dimensions), dtype=np.float32)
    for start in range(0, rows, IMAGES_PER_PERSON):
        block = vectors[start : start + IMAGES_PER_PERSON]
        rng.standard_normal(out=block, dtype=np.float32)
        block += rng.standard_normal(dimensions, dtype=np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def attacked_faces(rows: int) -> FaceTable:
    """Faces of people, a tenth of them to learn on and a tenth to choose on, half of each enrolled."""
    person = [row // IMAGES_PER_PERSON for row in range(rows)]
    return FaceTable(
        face_ids=tuple(f"person{one:06d}/{row}.png" for row, one in enumerate(person)),
        subjects=tuple(f"person{one:06d}" for one in person),
        expressions=(None,) * rows,
        partitions=tuple({0: "train", 1: "dev"}.get(one % 10, "test") for one in person),
        roles=tuple("enrol" if row % 2 else "probe" for row in range(rows)),
        statuses=(str(Status.OK),) * rows,
        split_sha256="",
    )


VIEWS = {"as_is": DIMENSIONS, "pixels": 2 * DIMENSIONS, "restored": DIMENSIONS}
"""Dimensions of each view."""


def write_views(folder: Path, face_ids: Sequence[str]) -> None:
    """A store of each view with noisy features of the released faces; two have the same clear features."""
    for number, (name, dimensions) in enumerate(VIEWS.items()):
        clear = unit_vectors(len(face_ids), dimensions)
        noise = np.random.default_rng([0, number])
        vector, code = ArraySpec((dimensions,), "float32"), ArraySpec((), "uint8")
        specs = {"vectors": vector, "clear": vector, "status": code, "clear_status": code}
        with StoreWriter(folder / f"{name}.zarr", specs, face_ids) as writer:
            for start in range(0, len(clear), 1000):
                known = clear[start : start + 1000]
                released = known + noise.standard_normal(known.shape, dtype=np.float32) * np.float32(0.1)
                released /= np.linalg.norm(released, axis=1, keepdims=True)
                ok = np.full(len(known), Status.OK.code, dtype=np.uint8)
                writer.append(vectors=released, clear=known, status=ok, clear_status=ok)
