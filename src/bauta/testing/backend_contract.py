"""The contract of `protocols.Anonymizer` as checks that any backend can be put through.

A test of a backend is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(BackendCase(make=lambda: MyBackend(...), faces=faces, contract=contract))
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import numpy as np

from bauta.anonymize.visible import visible_to
from bauta.contract import CropContract, Status
from bauta.errors import BautaError
from bauta.protocols import (
    FIELDS,
    AnonymizedBatch,
    Anonymizer,
    BlindAnonymizer,
    FaceBatch,
    FittedAnonymizer,
)


class ContractViolationError(BautaError, AssertionError):
    """A backend does not keep the contract of `protocols.Anonymizer`."""


@dataclass(frozen=True)
class BackendCase:
    """A backend and the faces to try it on.

    Attributes:
        make: Makes the backend, unfitted.
        faces: At least eight faces that it can anonymize, with every field of `FaceBatch` but `surroundings`.
        contract: Geometry of the crops.
        seed: Seed of every run.
    """

    make: Callable[[], Anonymizer]
    faces: FaceBatch
    contract: CropContract
    seed: int = 0


@dataclass(frozen=True)
class _Batches:
    """A set of faces in batches, for `FittedAnonymizer.fit`."""

    faces: FaceBatch
    size: int

    def __len__(self) -> int:
        return len(self.faces)

    def __iter__(self) -> Iterator[FaceBatch]:
        for start in range(0, len(self.faces), self.size):
            yield _map(self.faces, itemgetter(slice(start, start + self.size)))

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        rows = [row for row, face_id in enumerate(self.faces.face_ids) if face_id in face_ids]
        for start in range(0, len(rows), self.size):
            yield pick(self.faces, rows[start : start + self.size])


def pick(faces: FaceBatch, rows: Sequence[int]) -> FaceBatch:
    """The given rows of a batch, copied."""

    def of(values: Any) -> Any:
        return values[list(rows)] if isinstance(values, np.ndarray) else [values[row] for row in rows]

    return _map(faces, of)


def _map(faces: FaceBatch, of: Callable[[Any], Any]) -> FaceBatch:
    """A function of every field that is there."""
    values = {name: getattr(faces, name) for name in FIELDS}
    present = {name: of(value) for name, value in values.items() if value is not None}
    return FaceBatch(face_ids=of(faces.face_ids), **present)


def run_backend(case: BackendCase, faces: FaceBatch, batch: int) -> AnonymizedBatch:
    """Make the backend, fit it where it has to be, and anonymize all faces in batches of `batch`."""
    backend = case.make()
    if isinstance(backend, FittedAnonymizer):
        backend.fit(_Batches(faces, batch), seed=case.seed)
    results = [backend.anonymize(part, seed=case.seed) for part in _Batches(faces, batch)]
    return AnonymizedBatch(
        images=np.concatenate([result.images for result in results]),
        status=np.concatenate([result.status for result in results]),
        mask=np.concatenate([result.mask for result in results]),
    )


def visible(case: BackendCase) -> FaceBatch:
    """The faces as the runner hands them over."""
    return visible_to(case.make(), case.faces)


def check_output(case: BackendCase) -> None:
    """Shapes, dtypes and ranges are those of `AnonymizedBatch`, and every face is anonymized."""
    result = run_backend(case, visible(case), len(case.faces))
    side = case.contract.size
    shape = (len(case.faces), side, side)
    for name, array, expected in (
        ("images", result.images, (*shape, 3)),
        ("status", result.status, shape[:1]),
        ("mask", result.mask, shape),
    ):
        _require(array.dtype == np.uint8, f"expected {name} uint8, got {array.dtype}")
        _require(array.shape == expected, f"expected {name} {expected}, got {array.shape}")
    _require(result.mask.max() <= 1, f"expected a mask of 0 and 1, got {result.mask.max()}")
    _require((result.status == Status.OK.code).all(), f"expected every face ok, got {result.status}")


def check_pixels_outside(case: BackendCase) -> None:
    """Pixels outside the declared mask are those of the original."""
    result = run_backend(case, visible(case), len(case.faces))
    outside = result.mask == 0
    _require(
        np.array_equal(result.images[outside], _images(case.faces)[outside]),
        "pixels outside the declared mask changed",
    )


def check_deterministic(case: BackendCase) -> None:
    """The same seed gives the same bits."""
    first, second = (run_backend(case, visible(case), len(case.faces)) for _ in range(2))
    _require_equal(first, second, "two runs with one seed differ")


def check_batching(case: BackendCase) -> None:
    """The size and the order of the batches have no influence."""
    faces = visible(case)
    expected = run_backend(case, faces, len(faces))
    for size in (1, 3):
        _require_equal(expected, run_backend(case, faces, size), f"batches of {size} give another result")
    order = np.random.default_rng(case.seed).permutation(len(faces)).tolist()
    shuffled = run_backend(case, pick(faces, order), 3)
    back = np.argsort(order)
    restored = AnonymizedBatch(shuffled.images[back], shuffled.status[back], shuffled.mask[back])
    _require_equal(expected, restored, "another order of the faces gives another result")


def check_sees(case: BackendCase) -> None:
    """Fields that the backend does not declare to see have no influence, even when it is given them."""
    sees = case.make().sees
    rng = np.random.default_rng(case.seed)
    count, images = len(case.faces), _images(case.faces)
    other: dict[str, Any] = {
        "images": rng.integers(0, 256, images.shape, dtype=np.uint8),
        "surroundings": rng.integers(0, 256, images.shape, dtype=np.uint8),
        "landmarks": rng.uniform(0, case.contract.size, (count, 68, 2)).astype(np.float32),
        "mesh": rng.uniform(0, case.contract.size, (count, 478, 2)).astype(np.float32),
        "blendshapes": rng.uniform(0, 1, (count, 52)).astype(np.float32),
        "parsing": rng.integers(0, 19, images.shape[:3], dtype=np.uint8),
        "subjects": [f"other {row}" for row in range(count)],
        "expressions": ["neutral"] * count,
    }
    hidden = {name: value for name, value in other.items() if name not in sees}
    changed = replace(visible(case), **hidden)
    expected = run_backend(case, visible(case), count)
    _require_equal(
        expected, run_backend(case, changed, count), f"a field outside {sorted(sees)} changes the result"
    )


def check_blind(case: BackendCase) -> None:
    """Where a blind backend says it does not look, pixels have no influence, even when it gets them."""
    backend = case.make()
    if not isinstance(backend, BlindAnonymizer):
        return
    count, images = len(case.faces), _images(case.faces)
    hidden = backend.protected(case.faces.restricted_to(backend.sees - {"surroundings"}))
    _require(hidden.shape == images.shape[:3], f"expected a region {images.shape[:3]}, got {hidden.shape}")
    _require(hidden.max() <= 1, f"expected a region of 0 and 1, got {hidden.max()}")
    _require(bool(hidden.any(axis=(1, 2)).all()), "a face has no protected pixel")
    expected = run_backend(case, visible(case), count)
    _require(
        not (hidden.astype(bool) & (expected.mask == 0)).any(),
        "a protected pixel is handed on by the backend",
    )
    noise = np.random.default_rng(case.seed).integers(0, 256, images.shape, dtype=np.uint8)
    changed = replace(visible(case), surroundings=np.where(hidden[..., np.newaxis] == 1, noise, images))
    _require_equal(expected, run_backend(case, changed, count), "a protected pixel changes the result")


def check_inputs_untouched(case: BackendCase) -> None:
    """The backend does not write to what it is given."""
    faces = pick(visible(case), range(len(case.faces)))
    run_backend(case, faces, len(faces))
    for name in ("images", "surroundings", "landmarks", "mesh", "blendshapes", "parsing"):
        before, after = getattr(visible(case), name), getattr(faces, name)
        _require(before is None or np.array_equal(before, after), f"the backend wrote to {name}")


def check_failures_black(case: BackendCase) -> None:
    """A face without the landmarks that a backend sees fails; failed faces are black with an empty mask."""
    faces = pick(case.faces, range(len(case.faces)))
    if faces.landmarks is None or faces.mesh is None:
        raise ContractViolationError("expected faces with every field, got no 'landmarks' or no 'mesh'")
    faces.landmarks[0] = np.nan
    faces.mesh[0] = np.nan
    backend = case.make()
    result = run_backend(case, visible_to(backend, faces), len(faces))
    failed = result.status != Status.OK.code
    needed = bool(backend.sees & {"landmarks", "mesh"})
    _require(not needed or bool(failed[0]), "a face without landmarks is not marked as failed")
    _require(not result.images[failed].any(), "a failed face is not black")
    _require(not result.mask[failed].any(), "a failed face has a mask")


def _images(faces: FaceBatch) -> np.ndarray:
    if faces.images is None:
        raise ContractViolationError("expected faces with every field, got none of 'images'")
    return faces.images


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ContractViolationError(message)


def _require_equal(expected: AnonymizedBatch, got: AnonymizedBatch, message: str) -> None:
    for name in ("images", "status", "mask"):
        _require(np.array_equal(getattr(expected, name), getattr(got, name)), f"{message} ({name})")


CHECKS: Mapping[str, Callable[[BackendCase], None]] = {
    "output": check_output,
    "pixels_outside": check_pixels_outside,
    "deterministic": check_deterministic,
    "batching": check_batching,
    "sees": check_sees,
    "blind": check_blind,
    "inputs_untouched": check_inputs_untouched,
    "failures_black": check_failures_black,
}
"""Every check by name; each raises `ContractViolationError`."""
