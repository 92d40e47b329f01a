"""A small dataset of whole images with one face each, and what an anonymizer is told of it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
from PIL import Image

from bauta.alignment.crop import warp_crop
from bauta.anonymize.external.places import Face, Places
from bauta.contract import CropContract
from bauta.protocols import FaceBatch
from bauta.store import ArraySpec, Store, StoreWriter

CONTRACT = CropContract(size=64)
HEIGHT, WIDTH = 120, 150
NAMES = ("ann/1.png", "ann/2.png", "bob/1.png", "bob/2.png", "cat/1.png")


def photograph(seed, height=HEIGHT, width=WIDTH):
    """Smooth colours with fine texture, which differ everywhere."""
    numbers = np.random.default_rng(seed)
    coarse = cv2.resize(numbers.integers(0, 256, (9, 11, 3), dtype=np.uint8), (width, height))
    return np.clip(coarse.astype(int) + numbers.integers(-8, 9, coarse.shape), 0, 255).astype(np.uint8)


def hidden(image):
    """A strong blur of a whole image."""
    return cv2.blur(image, (31, 31))


@dataclass
class Dataset:
    root: Path
    faces: dict

    def image(self, name):
        return np.asarray(Image.open(self.root / name).convert("RGB"))

    def crop(self, name, image):
        return warp_crop(image, self.faces[name].matrix, CONTRACT.size)

    def batch(self, names=NAMES):
        crops = np.stack([self.crop(name, self.image(name)) for name in names])
        return FaceBatch(face_ids=list(names), images=crops)

    def places(self, folder=None, detector=None):
        return Places(self.faces, list(self.faces), self.root, folder, detector)

    def write(self, folder, change, *, names=NAMES, suffix=".png", **options):
        """Write what a program makes of each image."""
        for name in names:
            path = (folder / name).with_suffix(suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(change(self.image(name))).save(path, **options)
        return folder


def make_dataset(root, suffix=".png", **options):
    faces = {}
    for number, name in enumerate(NAMES):
        path = (root / name).with_suffix(suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photograph(number)).save(path, **options)
        angle, scale = 0.1 * number, 0.9
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        offset = np.array([31.5, 31.5]) - turn @ np.array([70.0, 60.0])
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        named = str(path.relative_to(root))
        faces[named] = Face(named, named, sha256, np.column_stack([turn, offset]))
    return Dataset(root, faces)


def stored(folder, batch):
    """The clear crops as the runner gets them, and their labels."""
    size = batch.images.shape[1]
    specs = {"images": ArraySpec((size, size, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(folder / "crops.zarr", specs, list(batch.face_ids)) as writer:
        writer.append(images=batch.images, status=np.zeros(len(batch), np.uint8))
    labels = SimpleNamespace(
        face_ids=batch.face_ids, subjects=[None] * len(batch), expressions=[None] * len(batch)
    )
    return Store.open(folder / "crops.zarr"), labels
