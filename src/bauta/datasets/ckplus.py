"""CK+: sequences from neutral to a peak (Lucey et al., Extended Cohn-Kanade, CVPR Workshops 2010).

CK+48 packs the last three frames of each labelled sequence, 48×48 pixels, into one folder per emotion.
"""

import logging
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.class_folders import ClassFolders, find_class_folders, images_in
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.files import read_lines
from bauta.io.companions import companion
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.registry import Card

CARD = Card(
    name="ckplus",
    kind="adapter",
    implementation="bauta.datasets.ckplus:list_ckplus",
    about="CK+: sequences from neutral to a peak.",
    settings="bauta.config.datasets.expressions:CkPlusDataset",
    source="Lucey et al., CVPRW 2010",
)


log = logging.getLogger(__name__)

IMAGES = "cohn-kanade-images"
LABELS = "Emotion"
FRAME = re.compile(r"(?P<sequence>S[0-9]{3}_[0-9]{3})_[0-9]+")


@dataclass(frozen=True)
class Emotion:
    """The label of a sequence.

    Attributes:
        code: Its code; None if it has no label.
        reason: The reason why it has no label.
        broken: Whether its label cannot be read.
    """

    code: str | None = None
    reason: str = ""
    broken: bool = False


def list_ckplus(root: Path | str, *, peak: int = 1, neutral: bool = True, links: Links = "follow") -> Listing:
    """List the first frame of each sequence as neutral and its last ones with the sequence's emotion.

    Args:
        root: Folder with `cohn-kanade-images/S005/001/*.png` and `Emotion/S005/001/*_emotion.txt`; or CK+48,
            with `anger/S010_004_00000017.png` and so on, or a folder that holds it.
        peak: Number of frames at the end that show the emotion.
        neutral: Whether the first frame is used; CK+48 has none.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing; an image's id is its file name without the suffix, and the person is the first folder or
        the beginning of the name. Frames in between are over the limit. The peak of a sequence without a
        label (266 of 593), with contempt or with an unreadable label is kept without a label, with the reason
        among the problems.

    Raises:
        DataError: neither packing is found, an emotion folder has an unknown name, or more than a tenth of
            the rows cannot be used.
    """
    root = Path(root)
    words = Vocabulary.of_space(label_space("ckplus"))
    if not (root / IMAGES).exists() and not (root / LABELS).exists():
        layout = find_class_folders(root, words)
        if layout is not None:
            return _list_peaks(root, layout, peak, ListingBuilder(root, links, words=words))
    builder = ListingBuilder(root, links, words=words)
    required(root, IMAGES)
    required(root, LABELS)
    log.info("layout: sequences, %s and %s", root / IMAGES, root / LABELS)
    over_limit: list[str] = []
    for folder, group in groupby(builder.images(IMAGES), key=lambda name: PurePosixPath(name).parent):
        frames = list(group)
        if len(folder.parts) != 3:
            builder.report(
                frames[0], f"expected {IMAGES}/<subject>/<sequence>/<frame>, got {len(frames)} files"
            )
            continue
        start = 1 if neutral else 0
        first = max(start, len(frames) - peak)
        if neutral:
            builder.add(frames[0], _record(frames[0], folder.parts[1], "neutral"))
        emotion = _read_emotion(root, PurePosixPath(LABELS, *folder.parts[1:]))
        for name in frames[first:]:
            _add_peak(name, _record(name, folder.parts[1]), emotion, builder)
        over_limit += frames[start:first]
    return builder.listing(folders=[IMAGES], over_limit=over_limit)


def _list_peaks(root: Path, layout: ClassFolders, peak: int, builder: ListingBuilder) -> Listing:
    """List CK+48."""
    log.info("layout: CK+48, %s", layout.describe(root))
    over_limit: list[str] = []
    sequences: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, folders in images_in(layout, builder):
        frame = FRAME.fullmatch(_stem(name))
        if frame is None or not folders:
            builder.report(
                name, "expected a name such as anger/S010_004_00000017.png: person, sequence, frame"
            )
        else:
            sequences[folders[-1], frame["sequence"]].append(name)
    for (emotion, sequence), frames in sequences.items():
        for name in frames[-peak:]:
            builder.add_labelled(name, _record(name, sequence.partition("_")[0]), emotion)
        over_limit += frames[:-peak]
    return builder.listing(folders=[""], over_limit=over_limit)


def _add_peak(name: str, record: ImageRecord, emotion: Emotion, builder: ListingBuilder) -> None:
    if emotion.code is not None:
        builder.add_labelled(name, record, emotion.code)
    elif builder.add(name, record):
        note = builder.report if emotion.broken else builder.remark
        note(record.image_id, f"{emotion.reason}; the image stays without a label")


def _record(name: str, subject: str, expression: str | None = None) -> ImageRecord:
    return ImageRecord(_stem(name), name, subject, expression)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _read_emotion(root: Path, folder: PurePosixPath) -> Emotion:
    """Read the emotion of a sequence, which is stored as a float."""
    found = sorted((root / folder).glob("*_emotion.txt")) if (root / folder).is_dir() else []
    files = [path for path in found if companion(path.name) is None]
    if not files:
        return Emotion(reason="the sequence has no label")
    texts = {text.strip() for path in files for _, text in read_lines(path)}
    try:
        (value,) = {float(text) for text in texts}
    except ValueError:
        value = math.nan
    if value not in range(len(label_space("ckplus").classes)):
        got = ", ".join(sorted(texts)) or "nothing"
        return Emotion(reason=f"expected one number from 0 to 7 in {folder}, got {got}", broken=True)
    return Emotion(str(int(value)))
