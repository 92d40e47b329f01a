"""Anonymizing pictures in memory: what `bauta.apply(images, setting)` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bauta.apply.chosen import ChosenSetting, parse_setting, setting_of_run
from bauta.apply.editor import (
    MIN_FACE,
    EditRequest,
    FaceOutcome,
    Fallback,
    FoundFace,
    Outcome,
    open_editor,
    open_finder,
)
from bauta.models.store import ModelStore
from bauta.protocols import Images


@dataclass(frozen=True)
class ImageReport:
    """The faces of one image, and what was done to each."""

    faces: tuple[FoundFace, ...]
    outcomes: tuple[FaceOutcome, ...]

    @property
    def processed(self) -> bool:
        """Whether faces were found, and all of them are changed."""
        return bool(self.outcomes) and all(one.outcome is not Outcome.FAILED for one in self.outcomes)


@dataclass(frozen=True)
class Report:
    """What was done: the setting in words, one report per image, and what must be known of the setting."""

    setting: str
    images: tuple[ImageReport, ...]
    note: str | None = None

    @property
    def unprocessed(self) -> tuple[int, ...]:
        """Positions of the images in which no face was found, or in which one could not be changed."""
        return tuple(row for row, image in enumerate(self.images) if not image.processed)


def anonymize(
    images: Sequence[Images],
    setting: str | ChosenSetting,
    *,
    run: Path | str | None = None,
    dataset: str | None = None,
    detector: str | None = None,
    min_face: int = MIN_FACE,
    fallback: Fallback = "blackout",
    keep_unprocessed: bool = False,
    models: ModelStore | None = None,
) -> tuple[list[Images], Report]:
    """Anonymize every face of images.

    Args:
        images: uint8 (H, W, 3) RGB each; they stay as they are.
        setting: Such as `blur kernel=61`; with a run also `knee` or `advice`.
        run: Results of a run, such as `results/demo`, in which the setting is looked up.
        dataset: Dataset of the run whose knee or advice counts.
        detector: Name in `detect.DETECTORS`; that of the run, or mtcnn, if omitted.
        min_face: Shorter side, in pixels, of the smallest face to look for.
        fallback: What a face becomes that cannot be anonymized.
        keep_unprocessed: Whether an image in which no face was found is returned as it is; black otherwise.
        models: Store of the model files.

    Returns:
        The images, uint8 of the same shapes, and a report. An image with a face that could not be changed is
        black.

    Raises:
        ConfigError: the setting, the run or the detector cannot be used.
        DataError: an image has another shape or type.
        ModelError: a model file is missing.
    """
    if isinstance(setting, ChosenSetting):
        chosen = setting
    else:
        chosen = parse_setting(setting) if run is None else setting_of_run(run, setting, dataset)
    finder = open_finder(detector or chosen.detector, min_face=min_face, models=models)
    editor = open_editor(chosen, fallback=fallback, models=models)
    results: list[Images] = []
    reports: list[ImageReport] = []
    for image in images:
        faces = finder.find(image)
        edited = editor.edit_all([EditRequest(image, faces)])[0]
        report = ImageReport(faces, edited.outcomes)
        shown = report.processed or (keep_unprocessed and not faces)
        results.append(edited.image if shown else np.zeros_like(edited.image))
        reports.append(report)
    return results, Report(chosen.label, tuple(reports), chosen.note)
