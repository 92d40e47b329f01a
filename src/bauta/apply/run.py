"""`bauta apply` on files: plan, edit, table and review page."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from bauta import __version__
from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.settings import SETTINGS, teachers_in
from bauta.apply.chosen import ChosenSetting
from bauta.apply.editor import MIN_FACE, FaceEditor, FaceFinder, Fallback, open_editor, open_finder
from bauta.apply.evidence import Evidence
from bauta.apply.inputs import (
    LOCK,
    RESERVED,
    REVIEW,
    TABLE_CSV,
    TABLE_PARQUET,
    VIDEOS,
    Item,
    plan_items,
    remove_results,
    shown,
)
from bauta.apply.journal import Journal
from bauta.apply.lock import only_run
from bauta.apply.pipeline import ERRORS, Options, Pipeline, ahead, read
from bauta.apply.results import Results
from bauta.apply.review import write_page
from bauta.apply.rows import WITHHELD, Row, write_rows
from bauta.detect import DETECTORS
from bauta.errors import ConfigError
from bauta.express import TEACHERS
from bauta.io.atomic import naming
from bauta.io.image_formats import SUFFIXES
from bauta.io.permissions import make_private
from bauta.io.walk import walk
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS

log = logging.getLogger(__name__)

NAMED = 5
"""Files of no input that are named."""


class VideoEditor(Protocol):
    """Edits one video file; the room `bauta.video` has one."""

    def __call__(
        self, item: Item, out: Path, setting: ChosenSetting, finder: FaceFinder, editor: FaceEditor
    ) -> Sequence[Row]:
        """Write `out / item.target`, whole or not at all, and return its rows, one per track."""
        ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to do.

    Attributes:
        inputs: Files and folders.
        out: The output folder.
        setting: What to apply.
        detector: Name in `detect.DETECTORS`.
        min_face: Shorter side, in pixels, of the smallest face to look for.
        fallback: What a face becomes that cannot be anonymized.
        options: How pictures are written.
        recognizer: Recognizer of the second look; None for no second look.
        threshold: Its threshold; the known one if omitted.
        resume: Whether to go on where an earlier run stopped.
        overwrite: Whether the output folder may hold files.
        models: Store of the model files.
        video: How videos are written, in words that a resumed run must have in common with the first.
    """

    inputs: Sequence[Path]
    out: Path
    setting: ChosenSetting
    detector: str = "mtcnn"
    min_face: int = MIN_FACE
    fallback: Fallback = "blackout"
    options: Options = field(default_factory=Options)
    recognizer: str | None = None
    threshold: float | None = None
    resume: bool = False
    overwrite: bool = False
    models: ModelStore
    video: Mapping[str, Any] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """What a resumed run must have in common with the first, as JSON values."""
        return {
            "version": __version__,
            "setting": self.setting.label,
            "seed": self.setting.seed,
            "crop": [self.setting.contract.size, self.setting.contract.margin],
            "detector": self.detector,
            "landmarker": self.setting.landmarker,
            "parser": self.setting.parser,
            "model files": self._model_files(),
            "min_face": self.min_face,
            "fallback": self.fallback,
            "quality": self.options.quality,
            "keep_unprocessed": self.options.keep_unprocessed,
            "profile": self.options.keep_profile,
            "verify": [self.recognizer, self.threshold],
            "video": dict(self.video),
        }

    def _model_files(self) -> dict[str, str]:
        """Hashes of the files of all models that find, see, change or recognize faces."""
        setting = self.setting
        seen = SETTINGS[setting.backend](**setting.options).sees
        cards = [
            DETECTORS[self.detector],
            LANDMARKERS[setting.landmarker],
            PARSERS[setting.parser],
            ANONYMIZERS[setting.backend],
            *(TEACHERS[name] for name in teachers_in(seen)),
            *([] if self.recognizer is None else [RECOGNIZERS[self.recognizer]]),
        ]
        return hashes_of(sorted({name for card in cards for name in card.files}), self.models)


def apply_files(request: Request, *, videos: VideoEditor | None = None, progress: bool = False) -> Results:
    """Anonymize files.

    Args:
        request: What to do.
        videos: Edits the videos; without it, they are withheld.
        progress: Whether to show a progress bar.

    Returns:
        What was done to every file and face; the tables hold the same.

    Raises:
        ConfigError: the inputs, the output folder or the setting cannot be used, or another run writes to the
            folder.
        ModelError: a model file is missing.
        DiskError: the output folder cannot be written to.
    """
    items = plan_items(request.inputs, request.out)
    _check_folder(request)
    finder = open_finder(request.detector, min_face=request.min_face, models=request.models)
    editor = open_editor(request.setting, fallback=request.fallback, models=request.models)
    evidence = None
    if request.recognizer is not None:
        evidence = Evidence.open(
            request.recognizer, finder, threshold=request.threshold, models=request.models
        )
    _announce(request)
    with naming(request.out):
        request.out.mkdir(parents=True, exist_ok=True)
    with only_run(request.out):
        # Another run may have ended since.
        _check_folder(request)
        return _apply(
            request,
            items,
            finder=finder,
            editor=editor,
            evidence=evidence,
            videos=videos,
            progress=progress,
        )


def _apply(
    request: Request,
    items: Sequence[Item],
    *,
    finder: FaceFinder,
    editor: FaceEditor,
    evidence: Evidence | None,
    videos: VideoEditor | None,
    progress: bool,
) -> Results:
    """Edit files into a folder that no other run writes to."""
    out, options, label = request.out, request.options, request.setting.label
    if options.review:
        with naming(out):
            make_private(out / REVIEW)
    journal = Journal.open(out, request.described(), resume=request.resume)
    results, left = Results(), []
    for item in items:
        results.rows[item.target] = rows = journal.rows(item, out) or []
        if not rows:
            left.append(item)
    if len(left) < len(items):
        log.info("%d of %d files are finished already", len(items) - len(left), len(items))
    pipeline = Pipeline(
        out=out,
        setting=label,
        finder=finder,
        editor=editor,
        options=options,
        journal=journal,
        evidence=evidence,
    )
    try:
        pipeline.run([item for item in left if item.kind != "video"], results, progress=progress)
        for item in left:
            if item.kind == "video":
                results.rows[item.target] = rows = _edit_video(videos, item, request, finder, editor)
                journal.add(item, rows)
    finally:
        journal.close()
        # After an interruption, the tables hold what is finished.
        results.rows = {target: rows for target, rows in results.rows.items() if rows}
        write_rows(results.all_rows(), out / TABLE_CSV, out / TABLE_PARQUET)
        if options.review:
            shown_too = options.review_originals
            write_page(out, label, results.rows.items(), results.sentence(), originals=shown_too)
    if strangers := _strangers(out, items):
        more = f" and {len(strangers) - NAMED} more" if len(strangers) > NAMED else ""
        log.warning(
            "%s: %d files are of no input of this run and may show faces: %s%s",
            out,
            len(strangers),
            ", ".join(map(shown, strangers[:NAMED])),
            more,
        )
    return results


def _announce(request: Request) -> None:
    log.info(
        "%s (%s); %s looks for faces of %d pixels and more",
        request.setting.label,
        request.setting.origin,
        request.detector,
        request.min_face,
    )
    if request.setting.note:
        log.info("%s", request.setting.note)


def _strangers(out: Path, items: Sequence[Item]) -> list[str]:
    """Pictures and videos in the output folder that are the result of no input.

    They are those of an earlier run, of originals that are gone, or of somebody else: the tables do not list
    them, and whoever publishes the folder publishes them, too.
    """
    ours = {item.target for item in items}
    return sorted(
        found.name
        for found in walk(out)
        if found.companion is None
        and found.name not in ours
        and PurePosixPath(found.name).parts[0] not in RESERVED
        and PurePosixPath(found.name).suffix.lower() in SUFFIXES | VIDEOS
    )


def look_only(request: Request) -> Iterator[str]:
    """Tell what would be done, one line per file, without writing anything.

    Raises:
        ConfigError: the inputs, the output folder or the setting cannot be used.
        ModelError: a model file is missing.
    """
    items = plan_items(request.inputs, request.out)
    _check_folder(request)
    finder = open_finder(request.detector, min_face=request.min_face, models=request.models)
    open_editor(request.setting, fallback=request.fallback, models=request.models)
    yield f"{request.setting.label} ({request.setting.origin}), to {request.out}"
    if request.setting.note:
        yield request.setting.note
    workers = request.options.workers
    with ThreadPoolExecutor(workers) as pool:
        pictures = [item for item in items if item.kind != "video"]
        for item, picture in ahead(pool, read, pictures, workers):
            if isinstance(picture, str):
                yield f"{shown(item.name)}: withheld: {shown(picture)}"
                continue
            try:
                faces = finder.find(picture.image)
            except ERRORS as error:
                yield f"{shown(item.name)}: withheld: the detector failed: {shown(error)}"
                continue
            sides = [f"{min(face.box[2:] - face.box[:2]):.0f}" for face in faces]
            said = f"{len(faces)} faces of {', '.join(sides)} pixels" if faces else "no face: unprocessed"
            yield f"{shown(item.name)}: {said}"
    yield from (f"{shown(item.name)}: a video" for item in items if item.kind == "video")


def _check_folder(request: Request) -> None:
    out = request.out
    if request.resume or request.overwrite or not out.exists():
        return
    if any(path.name != LOCK for path in out.iterdir()):
        raise ConfigError(
            f"output {out} is not empty: use --resume to go on, --overwrite to replace files, or another "
            "folder"
        )


def _edit_video(
    videos: VideoEditor | None, item: Item, request: Request, finder: FaceFinder, editor: FaceEditor
) -> list[Row]:
    """Edit a video, if something can."""
    if videos is not None:
        return list(videos(item, request.out, request.setting, finder, editor))
    reason = "videos need the extra `video`: run pip install 'bauta[video]'"
    log.warning("%s: %s: %s", shown(item.name), WITHHELD, reason)
    with naming(request.out):
        remove_results(request.out, item.target)
    label = request.setting.label
    return [Row(item.name, None, WITHHELD, label, outcome="unreadable", reason=reason)]
