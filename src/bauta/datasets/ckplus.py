"""CK+: sequences from neutral to a peak (Lucey et al., Extended Cohn-Kanade, CVPR Workshops 2010)."""

import math
from itertools import groupby
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.files import files_below, natural_order, read_lines
from bauta.datasets.folder import is_image
from bauta.labels import label_space

IMAGES = "cohn-kanade-images"
LABELS = "Emotion"


def list_ckplus(root: Path | str, *, peak: int = 1, neutral: bool = True) -> Listing:
    """List the first frame of each sequence as neutral and its last ones with the sequence's emotion.

    Args:
        root: Folder with `cohn-kanade-images/S005/001/*.png` and `Emotion/S005/001/*_emotion.txt`.
        peak: How many frames at the end show the emotion.
        neutral: Whether the first frame is used.

    Returns:
        The listing; an image's id is its file's name without the suffix, the person is the first folder.
        Frames between are over the limit. A sequence without a label (266 of 593), with contempt or with a
        label that cannot be read keeps its peak without one, with the reason among the problems.

    Raises:
        DataError: a folder is missing.
    """
    root = Path(root)
    builder = ListingBuilder(root)
    required(root, IMAGES)
    required(root, LABELS)
    names = [name for name in files_below(root, IMAGES) if is_image(root, name)]
    over_limit: list[str] = []
    ordered = sorted(names, key=natural_order)
    for folder, group in groupby(ordered, key=lambda name: PurePosixPath(name).parent):
        frames = list(group)
        if len(folder.parts) != 3:
            builder.report(
                frames[0], f"expected {IMAGES}/<subject>/<sequence>/<frame>, got {len(frames)} files"
            )
            continue
        subject = folder.parts[1]
        start = 1 if neutral else 0
        first = max(start, len(frames) - peak)
        if neutral:
            builder.add(frames[0], ImageRecord(_stem(frames[0]), frames[0], subject, "neutral"))
        code = _read_emotion(root, PurePosixPath(LABELS, *folder.parts[1:]))
        for name in frames[first:]:
            record = ImageRecord(_stem(name), name, subject)
            if isinstance(code, int):
                builder.add_labelled(name, record, label_space("ckplus"), str(code))
            elif builder.add(name, record):
                builder.report(record.image_id, f"{code}; the image stays without a label")
        over_limit += frames[start:first]
    return builder.listing(folders=[IMAGES], over_limit=over_limit)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _read_emotion(root: Path, folder: PurePosixPath) -> int | str:
    """Code of a sequence's emotion, written there as a float; or what is the matter."""
    files = sorted((root / folder).glob("*_emotion.txt")) if (root / folder).is_dir() else []
    if not files:
        return "the sequence has no label"
    texts = {text.strip() for path in files for _, text in read_lines(path)}
    try:
        (value,) = {float(text) for text in texts}
    except ValueError:
        value = math.nan
    if value not in range(len(label_space("ckplus").classes)):
        return f"expected one number from 0 to 7 in {folder}, got {', '.join(sorted(texts)) or 'nothing'}"
    return int(value)
