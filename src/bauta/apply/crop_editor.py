"""Editing the faces of photographs in aligned crops, exactly as they were edited when they were measured."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.classical.blur import blur
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.run import check_output, handed_on
from bauta.anonymize.settings import SETTINGS
from bauta.anonymize.visible import visible_to
from bauta.anonymize.witness import FOUND, misplaced
from bauta.apply.chosen import ChosenSetting, check_applicable
from bauta.apply.conditions import Conditions
from bauta.apply.editor import (
    EditedImage,
    EditRequest,
    FaceOutcome,
    Fallback,
    FoundFace,
    Outcome,
)
from bauta.apply.paste import Mask, paste_colour, paste_crop
from bauta.apply.region import Region, box_region, crop_region, face_region, mask_region, outside, union
from bauta.contract import Status
from bauta.errors import ConfigError, DataError
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, Anonymizer, FaceBatch, FittedAnonymizer, Floats, Images

Matrix = NDArray[np.float64]

BATCH = 32
"""Faces that are edited at once."""

REST_KERNEL = 127
"""Width in crop pixels of the blur of what an anonymizer leaves of a crop but the region shows."""

FALLBACK_COLOURS = 6
"""Colours along each side of a face that falls back to blur."""

LARGEST_OUTSIDE = 0.25
"""Share of a region outside its crop above which the crop does not show the face."""


@dataclass(frozen=True)
class _Task:
    """A face to edit: the request, the face in it, and its transform to a crop, or why it has none."""

    request: int
    face: int
    found: FoundFace
    matrix: Matrix | None
    reason: str | None = None


@dataclass(frozen=True)
class _Edited:
    """A face that is ready to be pasted.

    Attributes:
        task: Which face.
        region: Where it goes.
        crop: The crop, anonymized everywhere; None for the fallback.
        reason: Why it falls back.
    """

    task: _Task
    region: Region
    crop: Images | None = None
    reason: str | None = None


class CropEditor:
    """Edits faces with a backend; see `editor.FaceEditor`.

    Every crop is cut from the original image. Faces are pasted from the smallest to the largest, so that
    where two overlap, the stronger of the two changes wins: a blur is as wide as its face.

    Args:
        setting: What was chosen.
        backend: Its anonymizer.
        conditions: What the anonymizer may see of a crop.
        hull: Whether to paste the face only, although the backend edited the whole crop.
        fallback: What a face becomes that cannot be anonymized.
    """

    def __init__(
        self,
        setting: ChosenSetting,
        backend: Anonymizer,
        conditions: Conditions,
        *,
        hull: bool,
        fallback: Fallback,
    ) -> None:
        self._setting = setting
        self._contract = setting.contract
        self._backend = backend
        self._conditions = conditions
        self._hull = hull
        self._colours = FALLBACK_COLOURS if fallback == "blur" else 0

    @classmethod
    def open(
        cls, setting: ChosenSetting, *, fallback: Fallback = "blackout", models: ModelStore | None = None
    ) -> Self:
        """Load the models; see `editor.open_editor`."""
        check_applicable(setting)
        store = models or ModelStore.default()
        options, hull = dict(setting.options), False
        if "region" in SETTINGS[setting.backend].model_fields:
            # The hull is cut out of the edited crop here, wider than by the backend and with the same pixels.
            hull = SETTINGS[setting.backend](**options).model_dump()["region"] == "hull"
            options["region"] = "crop"
        backend = open_anonymizer(setting.backend, options, setting.contract, store)
        if isinstance(backend, FittedAnonymizer):
            raise ConfigError(
                f"{setting.backend} cannot be applied to pictures: it must see a whole set of people before "
                "it changes a face"
            )
        conditions = Conditions.open(backend.sees, setting, store)
        return cls(setting, backend, conditions, hull=hull, fallback=fallback)

    def edit(
        self, image: Images, faces: Sequence[FoundFace], identities: Sequence[str] | None = None
    ) -> EditedImage:
        """Edit the given faces of a uint8 (H, W, 3) RGB image; see `editor.FaceEditor`."""
        return self.edit_all([EditRequest(image, faces, identities)])[0]

    def edit_all(self, requests: Sequence[EditRequest]) -> tuple[EditedImage, ...]:
        """Edit several images, with their faces in common batches."""
        for request in requests:
            _check(request)
        images = [request.image.copy() for request in requests]
        masks = [np.zeros(image.shape[:2], dtype=bool) for image in images]
        outcomes: list[dict[int, FaceOutcome]] = [{} for _ in requests]
        tasks = (task for index, request in enumerate(requests) for task in self._tasks(index, request))
        while batch := list(islice(tasks, BATCH)):
            for edited in self._edit(batch, requests):
                index = edited.task.request
                outcomes[index][edited.task.face] = self._paste(images[index], masks[index], edited)
        return tuple(
            EditedImage(image, mask, tuple(outcomes[index][face] for face in range(len(request.faces))))
            for index, (image, mask, request) in enumerate(zip(images, masks, requests, strict=True))
        )

    def _tasks(self, index: int, request: EditRequest) -> Iterator[_Task]:
        """The faces of an image, the smallest first."""
        sizes = [float(np.prod(np.maximum(face.box[2:] - face.box[:2], 0))) for face in request.faces]
        for position in np.argsort(sizes, kind="stable").tolist():
            face = request.faces[position]
            try:
                matrix = fit_similarity(face.points, self._contract.template())
            except DataError as error:
                yield _Task(index, position, face, None, f"not aligned: {error}")
            else:
                yield _Task(index, position, face, matrix)

    def _edit(self, tasks: Sequence[_Task], requests: Sequence[EditRequest]) -> list[_Edited]:
        """Edit a batch, in its order."""
        edited = [_Edited(task, box_region(task.found.box), reason=task.reason) for task in tasks]
        rows = [row for row, task in enumerate(tasks) if task.matrix is not None]
        matrices = [task.matrix for task in tasks if task.matrix is not None]
        if not rows:
            return edited
        chosen = [tasks[row] for row in rows]
        crops = np.stack(
            [
                warp_crop(requests[task.request].image, matrix, self._contract.size)
                for task, matrix in zip(chosen, matrices, strict=True)
            ]
        )
        landmarks, fields = self._conditions.of(crops)
        names = [_name(task, requests[task.request], crop) for task, crop in zip(chosen, crops, strict=True)]
        batch = FaceBatch(face_ids=names, images=crops, landmarks=landmarks, subjects=names, **fields)
        result, reasons = self._anonymize(batch)
        for position, (row, matrix) in enumerate(zip(rows, matrices, strict=True)):
            if position in reasons:
                edited[row] = replace(edited[row], reason=reasons[position])
                continue
            mask = result.mask[position].astype(bool)
            region = self._region(tasks[row], landmarks[position], matrix, mask)
            if outside(region.polygons[0], matrix, self._contract.size) > LARGEST_OUTSIDE:
                edited[row] = replace(edited[row], reason="the face reaches out of its crop")
                continue
            crop = _completed(crops[position], result.images[position], mask)
            edited[row] = _Edited(tasks[row], region, crop)
        return edited

    def _anonymize(self, batch: FaceBatch) -> tuple[AnonymizedBatch, dict[int, str]]:
        """Anonymize crops; also return why some of them, by position, must not be used."""
        originals, landmarks = batch.images, batch.landmarks
        if originals is None or landmarks is None:
            raise DataError("expected a batch with images and landmarks")
        reasons: dict[int, str] = {}
        for row, points in enumerate(landmarks):
            if not np.isfinite(points).all():
                reasons[row] = "no landmarks were found"
            elif wrong := misplaced(points, self._contract, FOUND):
                reasons[row] = wrong
        try:
            result = self._backend.anonymize(visible_to(self._backend, batch), seed=self._setting.seed)
        except AnonymizationError as error:
            nothing = AnonymizedBatch(
                np.zeros_like(originals),
                np.full(len(batch), Status.FAILED.code, dtype=np.uint8),
                np.zeros(originals.shape[:3], dtype=np.uint8),
            )
            return nothing, dict.fromkeys(range(len(batch)), f"the anonymizer failed: {error}") | reasons
        check_output(result, originals, batch)
        for row in np.flatnonzero(result.status != Status.OK.code).tolist():
            reasons.setdefault(row, f"the anonymizer gave it up ({list(Status)[result.status[row]]})")
        for row, wrong in handed_on(originals, result, self._contract).items():
            reasons.setdefault(row, f"it {wrong}")
        return result, reasons

    def _region(self, task: _Task, landmarks: Floats, matrix: Matrix, mask: Mask) -> Region:
        """The region of a face, first the face itself, then what else the anonymizer edits."""
        face = face_region(task.found.box, landmarks, matrix, self._contract)
        if self._hull:
            return face
        if mask.all():
            return union(face, crop_region(matrix, self._contract))
        return union(face, mask_region(mask, matrix, self._contract))

    def _paste(self, image: Images, mask: Mask, edited: _Edited) -> FaceOutcome:
        matrix = edited.task.matrix
        if edited.crop is not None and matrix is not None:
            paste_crop(image, mask, edited.crop, matrix, edited.region)
            return FaceOutcome(Outcome.ANONYMIZED)
        if paste_colour(image, mask, edited.region, self._colours):
            return FaceOutcome(Outcome.FALLBACK, edited.reason)
        return FaceOutcome(Outcome.FAILED, f"it lies outside the picture ({edited.reason})")


def _completed(original: Images, edited: Images, mask: Mask) -> Images:
    """An edited crop, with a wide blur where the anonymizer left the original."""
    if mask.all():
        return edited
    rest = blur(np.where(mask[..., np.newaxis], edited, original), REST_KERNEL)
    return np.where(mask[..., np.newaxis], edited, rest)


def _name(task: _Task, request: EditRequest, crop: Images) -> str:
    """The identity of a face: given, or derived from its pixels, which makes it independent of its batch."""
    if request.identities is not None:
        return request.identities[task.face]
    return hashlib.sha256(crop.tobytes()).hexdigest()


def _check(request: EditRequest) -> None:
    image = request.image
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise DataError(f"expected a uint8 (H, W, 3) RGB image, got {image.dtype} {image.shape}")
    if request.identities is not None and len(request.identities) != len(request.faces):
        raise DataError(
            f"expected one identity for each of {len(request.faces)} faces, got {len(request.identities)}"
        )
