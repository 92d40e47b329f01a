"""The contract of `protocols.Anonymizer` as checks for any backend.

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
from bauta.labels import EXPRESSIONS
from bauta.protocols import (
    FIELDS,
    AnonymizedBatch,
    Anonymizer,
    BlindAnonymizer,
    FaceBatch,
    FittedAnonymizer,
    fields_of,
)
from bauta.testing.violation import ContractViolationError, named, require


@dataclass(frozen=True)
class BackendCase:
    """A backend and the faces to try it on.

    Attributes:
        make: Creates the backend, unfitted.
        faces: At least eight faces that it can anonymize, with every field of `FaceBatch` but `surroundings`.
        contract: Geometry of the crops.
        seed: Seed of all runs.
        outputs: The number of different pictures that its setting declares, `Setting.outputs`.
    """

    make: Callable[[], Anonymizer]
    faces: FaceBatch
    contract: CropContract
    seed: int = 0
    outputs: int | None = None


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
    """Return a copy of the given rows of a batch."""

    def of(values: Any) -> Any:
        return values[list(rows)] if isinstance(values, np.ndarray) else [values[row] for row in rows]

    return _map(faces, of)


def _map(faces: FaceBatch, of: Callable[[Any], Any]) -> FaceBatch:
    """Apply a function to every field that is present."""
    values = {name: getattr(faces, name) for name in FIELDS}
    present = {name: of(value) for name, value in values.items() if value is not None}
    return FaceBatch(face_ids=of(faces.face_ids), **present)


def run_backend(case: BackendCase, faces: FaceBatch, batch: int) -> AnonymizedBatch:
    """Create the backend, fit it if necessary, and anonymize all faces in batches of `batch`."""
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
    """Return the faces as the runner passes them to the backend."""
    return visible_to(case.make(), case.faces)


def check_output(case: BackendCase) -> None:
    """Check that shapes, dtypes and ranges are those of `AnonymizedBatch`, and every face is anonymized."""
    result = run_backend(case, visible(case), len(case.faces))
    side = case.contract.size
    shape = (len(case.faces), side, side)
    for name, array, expected in (
        ("images", result.images, (*shape, 3)),
        ("status", result.status, shape[:1]),
        ("mask", result.mask, shape),
    ):
        require(array.dtype == np.uint8, f"expected {name} uint8, got {array.dtype}")
        require(array.shape == expected, f"expected {name} {expected}, got {array.shape}")
    require(result.mask.max() <= 1, f"expected a mask of 0 and 1, got {result.mask.max()}")
    require((result.status == Status.OK.code).all(), f"expected every face ok, got {result.status}")


def check_pixels_outside(case: BackendCase) -> None:
    """Check that pixels outside the declared mask are those of the original."""
    result = run_backend(case, visible(case), len(case.faces))
    outside = result.mask == 0
    require(
        np.array_equal(result.images[outside], _images(case.faces)[outside]),
        "pixels outside the declared mask changed",
    )


def check_deterministic(case: BackendCase) -> None:
    """Check that the same seed gives bit-identical results."""
    first, second = (run_backend(case, visible(case), len(case.faces)) for _ in range(2))
    _require_equal(first, second, "two runs with one seed differ")


def check_batching(case: BackendCase) -> None:
    """Check that the size and the order of batches have no influence."""
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
    """Check that fields that the backend does not declare to see have no influence, even if it gets them."""
    sees, count = case.make().sees, len(case.faces)
    hidden = {name: value for name, value in _other_fields(case).items() if name not in fields_of(sees)}
    changed = replace(visible(case), **hidden)
    expected = run_backend(case, visible(case), count)
    _require_equal(
        expected, run_backend(case, changed, count), f"a field outside {sorted(sees)} changes the result"
    )


def check_number_of_outputs(case: BackendCase) -> None:
    """Check that a backend that declares `outputs` makes no more pictures, be it of the faces or of noise."""
    if case.outputs is None:
        return
    sees = fields_of(case.make().sees)
    noise = {name: value for name, value in _other_fields(case).items() if name in sees}
    found: set[bytes] = set()
    for faces in (visible(case), replace(visible(case), **noise)):
        result = run_backend(case, faces, len(faces))
        found |= {image.tobytes() for image in result.images[result.status == Status.OK.code]}
    require(
        len(found) <= case.outputs, f"expected at most {case.outputs} different pictures, got {len(found)}"
    )


def _other_fields(case: BackendCase) -> dict[str, Any]:
    """Every field of a batch, drawn at random."""
    rng = np.random.default_rng(case.seed)
    count, shape = len(case.faces), _images(case.faces).shape
    return {
        "images": rng.integers(0, 256, shape, dtype=np.uint8),
        "surroundings": rng.integers(0, 256, shape, dtype=np.uint8),
        "landmarks": rng.uniform(0, case.contract.size, (count, 68, 2)).astype(np.float32),
        "mesh": rng.uniform(0, case.contract.size, (count, 478, 2)).astype(np.float32),
        "blendshapes": rng.uniform(0, 1, (count, 52)).astype(np.float32),
        "flame": np.random.default_rng(case.seed).normal(0, 1, (count, 56)).astype(np.float32),
        "parsing": rng.integers(0, 19, shape[:3], dtype=np.uint8),
        "subjects": [f"other {row}" for row in range(count)],
        "labels": ["neutral"] * count,
        "posteriors": rng.dirichlet(np.ones(len(EXPRESSIONS)), count).astype(np.float32),
    }


def check_blind(case: BackendCase) -> None:
    """Check that the protected pixels of a blind backend have no influence, even if it gets them."""
    backend = case.make()
    if not isinstance(backend, BlindAnonymizer):
        return
    count, images = len(case.faces), _images(case.faces)
    hidden = backend.protected(case.faces.restricted_to(backend.sees - {"surroundings"}))
    require(hidden.shape == images.shape[:3], f"expected a region {images.shape[:3]}, got {hidden.shape}")
    require(hidden.max() <= 1, f"expected a region of 0 and 1, got {hidden.max()}")
    require(bool(hidden.any(axis=(1, 2)).all()), "a face has no protected pixel")
    expected = run_backend(case, visible(case), count)
    require(
        not (hidden.astype(bool) & (expected.mask == 0)).any(),
        "the backend passes on a protected pixel",
    )
    noise = np.random.default_rng(case.seed).integers(0, 256, images.shape, dtype=np.uint8)
    changed = replace(visible(case), surroundings=np.where(hidden[..., np.newaxis] == 1, noise, images))
    _require_equal(expected, run_backend(case, changed, count), "a protected pixel changes the result")


def check_inputs_untouched(case: BackendCase) -> None:
    """Check that the backend does not write to its input."""
    faces = pick(visible(case), range(len(case.faces)))
    run_backend(case, faces, len(faces))
    for name in ("images", "surroundings", "landmarks", "mesh", "blendshapes", "flame", "parsing"):
        before, after = getattr(visible(case), name), getattr(faces, name)
        require(before is None or np.array_equal(before, after), f"the backend wrote to {name}")


def check_failures_black(case: BackendCase) -> None:
    """Check that a face without required landmarks fails, and failed faces are black with an empty mask."""
    faces = pick(case.faces, range(len(case.faces)))
    if faces.landmarks is None or faces.mesh is None:
        raise ContractViolationError("expected faces with every field, got no 'landmarks' or no 'mesh'")
    faces.landmarks[0] = np.nan
    faces.mesh[0] = np.nan
    if faces.flame is not None:
        faces.flame[0] = np.nan
    backend = case.make()
    result = run_backend(case, visible_to(backend, faces), len(faces))
    failed = result.status != Status.OK.code
    needed = bool(backend.sees & {"landmarks", "mesh", "flame"})
    require(not needed or bool(failed[0]), "a face without landmarks is not marked as failed")
    require(not result.images[failed].any(), "a failed face is not black")
    require(not result.mask[failed].any(), "a failed face has a mask")


def _images(faces: FaceBatch) -> np.ndarray:
    if faces.images is None:
        raise ContractViolationError("expected faces with every field, got none of 'images'")
    return faces.images


def _require_equal(expected: AnonymizedBatch, got: AnonymizedBatch, message: str) -> None:
    for name in ("images", "status", "mask"):
        require(np.array_equal(getattr(expected, name), getattr(got, name)), f"{message} ({name})")


CHECKS: Mapping[str, Callable[[BackendCase], None]] = named(
    check_output,
    check_pixels_outside,
    check_deterministic,
    check_batching,
    check_sees,
    check_number_of_outputs,
    check_blind,
    check_inputs_untouched,
    check_failures_black,
)
"""Every check by name; each raises `ContractViolationError`."""
