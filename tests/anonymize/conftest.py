"""Small faces with landmarks, subjects, labels and posteriors, and stores of them."""

from types import SimpleNamespace

import numpy as np
import pytest

from bauta.contract import CropContract, Status
from bauta.protocols import FaceBatch
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.samples import sample_faces

SIZE = 64


@pytest.fixture
def contract() -> CropContract:
    return CropContract(size=SIZE)


@pytest.fixture
def faces() -> FaceBatch:
    """Six subjects with four images each."""
    return sample_faces(6, 4)


@pytest.fixture
def write_store(tmp_path):
    """Write arrays as a store: `write_store(name, ids, images=…, status=…)`."""

    def write(name, ids, **arrays) -> Store:
        specs = {key: ArraySpec(rows.shape[1:], rows.dtype.name) for key, rows in arrays.items()}
        with StoreWriter(tmp_path / f"{name}.zarr", specs, list(ids)) as writer:
            writer.append(**arrays)
        return Store.open(tmp_path / f"{name}.zarr")

    return write


@pytest.fixture
def stored(write_store):
    """Crops, landmarks, parsing and labels of a batch as the runner gets them."""

    def store(faces: FaceBatch, status=None) -> SimpleNamespace:
        code = np.zeros(len(faces), np.uint8) if status is None else np.asarray(status, np.uint8)
        ok = code == Status.OK.code
        blank = ok[:, None, None]
        return SimpleNamespace(
            crops=write_store("crops", faces.face_ids, images=faces.images * blank[..., None], status=code),
            landmarks=write_store("landmarks", faces.face_ids, points=faces.landmarks, status=code),
            mesh=write_store("mesh", faces.face_ids, points=faces.mesh, blendshapes=faces.blendshapes),
            flame=write_store(
                "flame", faces.face_ids, expression=faces.flame[:, :50], pose=faces.flame[:, 50:]
            ),
            parsing=write_store("parsing", faces.face_ids, classes=faces.parsing * blank, status=code),
            posteriors=write_store("posteriors", faces.face_ids, probabilities=faces.posteriors, status=code),
            labels=SimpleNamespace(
                face_ids=faces.face_ids, subjects=faces.subjects, expressions=faces.labels
            ),
        )

    return store
