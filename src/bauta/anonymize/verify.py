"""Proofs of promises from the stored pixels alone.

k-Same: at least k subjects share every output. A setting that declares `outputs`: there are no more pictures.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.reader import FaceLabels
from bauta.contract import Status
from bauta.errors import DataError
from bauta.store import Store
from bauta.store.deduplicate import output_digests

REGION_NOTE = (
    "k-Same: the 1/k bound covers the replaced region only, not the hair, clothes and background outside it"
)


@dataclass(frozen=True)
class OutputGroup:
    """Faces that share one output.

    Attributes:
        output: SHA-256 of the pixels and of the region that they replace.
        expression: The expression of the group (k-Same-Select), or None.
        subjects: The subjects of the faces, sorted.
        images: Number of faces.
    """

    output: str
    expression: str | None
    subjects: tuple[str, ...]
    images: int


@dataclass(frozen=True)
class Violation:
    """Faces that break the promise, and how."""

    reason: str
    face_ids: tuple[str, ...]


@dataclass(frozen=True)
class KSameReport:
    """The result of the verification.

    Attributes:
        k: The number of subjects that must share an output.
        groups: The outputs that were found, in the order of their first face.
        violations: Violations of the promise; empty if it holds inside the replaced region.
        whole_image: Whether the replaced region is the whole crop, so that the bound covers the whole image.
    """

    k: int
    groups: tuple[OutputGroup, ...]
    violations: tuple[Violation, ...]
    whole_image: bool

    @property
    def notes(self) -> list[str]:
        """Sentences that must accompany every result of this set."""
        return [] if self.whole_image else [REGION_NOTE]

    @property
    def failing(self) -> tuple[str, ...]:
        """Faces that take part in a violation, sorted."""
        return tuple(sorted({face for violation in self.violations for face in violation.face_ids}))

    def require(self) -> None:
        """Raise an error if the set breaks the promise.

        Raises:
            AnonymizationError: there are violations.
        """
        if self.violations:
            first = self.violations[0]
            raise AnonymizationError(
                f"k-Same k={self.k}: {len(self.violations)} violations, first '{first.face_ids[0]}': "
                f"{first.reason}; do not use this set"
            )


@runtime_checkable
class VerifiedAnonymizer(Protocol):
    """An anonymizer whose promise is verified on its stored output.

    Attributes:
        notes: Sentences that must accompany every result, such as limits of the promise.
    """

    notes: tuple[str, ...]

    def verify(self, anonymized: Store, faces: FaceLabels) -> None:
        """Prove the promise from the stored pixels.

        Raises:
            AnonymizationError: the promise is broken.
        """
        ...


def verify_outputs(anonymized: Store, declared: int) -> None:
    """Count the different pictures of the faces that are ok, bit by bit.

    Args:
        anonymized: Store with `images` and `status`.
        declared: The largest number that there may be, `Setting.outputs`.

    Raises:
        AnonymizationError: there are more.
    """
    found = len(set(output_digests(anonymized, np.arange(len(anonymized)))) - {None})
    if found > declared:
        raise AnonymizationError(
            f"{anonymized.path}: expected at most {declared} different pictures, as the setting declares, "
            f"got {found}; do not use this set, and repair the backend"
        )


@dataclass
class _Observed:
    """Rows of faces, grouped by their pixels."""

    of_output: dict[tuple[str | None, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    of_cell: dict[tuple[str, str | None], dict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    unlabelled: list[int] = field(default_factory=list)
    not_black: list[int] = field(default_factory=list)
    whole_image: bool = True


def verify_ksame(
    store: Store,
    subjects: Sequence[str | None],
    expressions: Sequence[str | None] | None = None,
    *,
    k: int,
    batch: int = 64,
) -> KSameReport:
    """Verify the outputs of k-Same, or with expressions those of k-Same-Select.

    A set is proven if each distinct output (of an expression) belongs to at least k subjects, all images of a
    subject (and expression) have one output, no ok face lacks these labels, and failed faces are black.
    Outputs are compared inside the replaced region, given by the store's mask.

    Args:
        store: Anonymized set with `images`, `status` and `mask`.
        subjects: Subject of each row.
        expressions: Expression of each row, for k-Same-Select.
        k: The number of subjects that must share an output.
        batch: Rows per batch.

    Returns:
        The groups found and every violation; `KSameReport.require` raises if there is one.

    Raises:
        DataError: there is not one label per row, or no row is ok, so there is nothing to prove.
    """
    for name, labels in (("subjects", subjects), ("expressions", expressions)):
        if labels is not None and len(labels) != len(store):
            raise DataError(f"{store.path}: expected {len(store)} {name}, got {len(labels)}")
    seen = _Observed()
    for row, output, whole in _outputs(store, batch, seen.not_black):
        subject, expression = subjects[row], expressions[row] if expressions is not None else None
        seen.whole_image &= whole
        if subject is None or (expressions is not None and expression is None):
            seen.unlabelled.append(row)
            continue
        seen.of_output[expression, output].append(row)
        seen.of_cell[subject, expression][output].append(row)
    if not seen.of_output and not seen.unlabelled:
        raise DataError(f"{store.path}: no face is ok, there is nothing to prove; see the log of its job")
    groups = tuple(
        OutputGroup(output, expression, tuple(sorted({str(subjects[row]) for row in rows})), len(rows))
        for (expression, output), rows in seen.of_output.items()
    )
    violations = tuple(
        Violation(reason, tuple(store.ids[row] for row in rows))
        for reason, rows in _violations(seen, groups, k)
    )
    return KSameReport(k, groups, violations, seen.whole_image)


def _outputs(store: Store, batch: int, not_black: list[int]) -> Iterator[tuple[int, str, bool]]:
    """Row, hash of the replaced region, and whether it is the whole crop, for each ok face."""
    for start, images in store.batches("images", batch):
        stop = start + len(images)
        status, masks = store.read("status", start, stop), store.read("mask", start, stop)
        for offset, (image, mask) in enumerate(zip(images, masks, strict=True)):
            if status[offset] == Status.OK.code:
                whole = bool(mask.all())
                digest = hashlib.sha256(mask.tobytes())
                digest.update((image if whole else image * mask[..., np.newaxis]).tobytes())
                yield start + offset, digest.hexdigest(), whole
            elif image.any():
                not_black.append(start + offset)


def _violations(seen: _Observed, groups: Sequence[OutputGroup], k: int) -> Iterator[tuple[str, list[int]]]:
    if seen.not_black:
        yield "failed, but is not black", seen.not_black
    if seen.unlabelled:
        yield "anonymized without the labels that put it into a group", seen.unlabelled
    for group, rows in zip(groups, seen.of_output.values(), strict=True):
        if len(group.subjects) < k:
            yield (
                f"output {group.output[:12]} is shared by {len(group.subjects)} subjects, expected {k}",
                rows,
            )
    for (subject, expression), outputs in seen.of_cell.items():
        if len(outputs) > 1:
            of = "" if expression is None else f" with expression '{expression}'"
            rows = [row for found in outputs.values() for row in found]
            yield f"subject '{subject}'{of} has {len(outputs)} outputs, expected 1", rows
