"""What a view sees is kept as pictures for the few faces that may be shown, and for nobody else."""

import numpy as np
import pytest

from bauta.attack.views.run import PICTURE, SeenPart, write_view
from bauta.contract import Status
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.view_contract import Thumbnails

FACES = [f"f{row}" for row in range(70)]
FAILED, SHOWN = 3, ("f2", "f3", "f68", "another")


class Embedded:
    """A view by a recognizer."""

    dimensions, about = Thumbnails().dimensions, "test"

    def anonymized(self, images):
        return Thumbnails().embed(images)

    def clear(self, faces):
        return faces.vectors


class Negative(Embedded):
    """A view that sees the negative."""

    def restore(self, images):
        return 255 - images


def write(path, **arrays):
    specs = {name: ArraySpec(values.shape[1:], str(values.dtype)) for name, values in arrays.items()}
    with StoreWriter(path, specs, FACES) as writer:
        writer.append(**arrays)
    return Store.open(path)


@pytest.fixture
def part(tmp_path):
    images = np.random.default_rng(0).integers(1, 255, (len(FACES), 16, 16, 3), dtype=np.uint8)
    status = np.full(len(FACES), Status.OK.code, np.uint8)
    clear = write(tmp_path / "clear.zarr", vectors=Thumbnails().embed(images), status=status)
    crops = write(tmp_path / "crops.zarr", images=images, status=status)
    landmarks = write(
        tmp_path / "landmarks.zarr", points=np.zeros((len(FACES), 68, 2), np.float32), status=status
    )
    status = status.copy()
    status[FAILED] = Status.FAILED.code
    released = write(tmp_path / "released.zarr", images=images, status=status)
    return SeenPart(tuple(FACES), tuple(FACES), released, clear, crops, landmarks)


def test_only_shown_faces_with_an_output_have_a_picture(part, tmp_path):
    write_view(Negative(), [part], tmp_path / "view.zarr", shown=SHOWN)
    seen = Store.open(tmp_path / "view.zarr").read("images")
    assert seen.shape == (len(FACES), PICTURE, PICTURE, 3)
    shown = np.flatnonzero(seen.any(axis=(1, 2, 3)))
    assert [FACES[row] for row in shown] == ["f2", "f68"]
    released = part.released.take("images", np.array([68]))[0]
    expected = 255 - released.astype(float).mean()
    assert seen[68].mean() == pytest.approx(expected, abs=3)


def test_a_view_without_pictures_keeps_none(part, tmp_path):
    write_view(Embedded(), [part], tmp_path / "view.zarr", shown=SHOWN)
    assert "images" not in Store.open(tmp_path / "view.zarr").arrays
