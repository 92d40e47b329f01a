"""The contract of `attack.views.protocol.View` as checks for any view.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check, tmp_path):
        check(ViewCase(my_view, my_anonymizer, tmp_path))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.attack.views.people import ClearFaces, People
from bauta.attack.views.protocol import LearntView, View
from bauta.contract import CropContract, Status
from bauta.protocols import Anonymizer, FaceBatch, Floats, Images
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.violation import named, require

FACES, OF_A_PERSON, SIZE = 12, 2, 64
UNIT = 1e-3
"""Greatest deviation of a feature's length from 1."""


@dataclass(frozen=True)
class ViewCase:
    """A view to check.

    Attributes:
        view: The view.
        backend: An anonymizer at which it can look, for crops of 64 pixels.
        folder: An empty folder for stores.
        seed: Seed of all that is learnt.
    """

    view: View
    backend: Anonymizer
    folder: Path
    seed: int = 0


class Thumbnails:
    """A recognizer that embeds the mean colours of 16 fields."""

    dimensions = 49

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, 49) of uint8 (N, H, W, 3) RGB crops."""
        side = crops.shape[1] // 4
        fields = crops.reshape(len(crops), 4, side, 4, side, 3).mean(axis=(2, 4)).reshape(len(crops), -1)
        whole = np.hstack([fields / 255, np.ones((len(crops), 1))])
        return (whole / np.linalg.norm(whole, axis=1, keepdims=True)).astype(np.float32)


def people(case: ViewCase) -> People:
    """Faces before and after anonymization, in stores in the folder of the case; made once."""
    ids = [f"f{row}" for row in range(FACES)]
    numbers = np.random.default_rng(0)
    coarse = numbers.integers(0, 256, (FACES, 8, 8, 3), dtype=np.uint8)
    clear = coarse.repeat(SIZE // 8, axis=1).repeat(SIZE // 8, axis=2)
    points = CropContract(SIZE).size * (0.35 + 0.3 * numbers.random((FACES, 68, 2)))
    batch = FaceBatch(ids, images=clear, landmarks=points.astype(np.float32))
    released = case.backend.anonymize(batch.restricted_to(case.backend.sees), seed=case.seed).images
    status = np.full(FACES, Status.OK.code, dtype=np.uint8)
    stores: dict[str, dict[str, NDArray[Any]]] = {
        "crops": {"images": clear, "status": status},
        "anonymized": {"images": released, "status": status},
        "landmarks": {"points": points.astype(np.float32), "status": status},
    }
    for name, arrays in stores.items():
        if not (case.folder / f"{name}.zarr").exists():
            specs = {key: ArraySpec(value.shape[1:], str(value.dtype)) for key, value in arrays.items()}
            with StoreWriter(case.folder / f"{name}.zarr", specs, ids) as writer:
                writer.append(**arrays)
    opened = {name: Store.open(case.folder / f"{name}.zarr") for name in stores}
    return People(
        tuple(ids),
        tuple(f"s{row // OF_A_PERSON}" for row in range(FACES)),
        opened["crops"],
        opened["anonymized"],
        opened["landmarks"],
        Thumbnails().embed(clear),
    )


def _learn(case: ViewCase, own: People) -> LearntView:
    return case.view(own, case.backend, Thumbnails(), seed=case.seed)


def _released(own: People) -> Images:
    return own.released(np.arange(len(own)))


def _require_features(features: Floats, view: LearntView, count: int, of: str) -> None:
    shape = (count, view.dimensions)
    require(features.shape == shape, f"expected features of {of} {shape}, got {features.shape}")
    require(features.dtype == np.float32, f"expected float32 for {of}, got {features.dtype}")
    lengths = np.linalg.norm(features.astype(np.float64), axis=1)
    require(bool((np.abs(lengths - 1) < UNIT).all()), f"expected unit vectors of {of}, got {lengths}")


def check_output(case: ViewCase) -> None:
    """Check that released and clear faces have unit vectors of the same length."""
    own = people(case)
    view = _learn(case, own)
    images = _released(own)
    before = images.copy()
    _require_features(view.anonymized(images), view, FACES, "released faces")
    require(bool((images == before).all()), "the view changed the images that it was given")
    clear = ClearFaces(own.face_ids, own.clear, own.crops, own.landmarks)
    _require_features(view.clear(clear), view, FACES, "clear faces")
    require(bool(view.about), "expected a few words about what was learnt, got none")


def check_deterministic(case: ViewCase) -> None:
    """Check that the same seed learns the same."""
    own = people(case)
    images = _released(own)
    first, second = (_learn(case, own).anonymized(images) for _ in range(2))
    require(bool((first == second).all()), "the same seed gave other features")


def check_batches(case: ViewCase) -> None:
    """Check that the features of a face do not depend on the faces beside it."""
    own = people(case)
    view, images = _learn(case, own), _released(own)
    together = view.anonymized(images)
    alone = np.concatenate([view.anonymized(images[row : row + 1]) for row in range(FACES)])
    require(bool(np.allclose(together, alone, atol=1e-4)), "the features depend on the batch")


def check_nobody(case: ViewCase) -> None:
    """Check that without people of his own, the attacker looks all the same."""
    own = people(case)
    nobody = replace(own, face_ids=(), subjects=(), clear=own.clear[:0])
    view = _learn(case, nobody)
    _require_features(view.anonymized(_released(own)), view, FACES, "released faces")


CHECKS: Mapping[str, Callable[[ViewCase], None]] = named(
    check_output, check_deterministic, check_batches, check_nobody
)
"""Name → check."""
