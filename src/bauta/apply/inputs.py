"""Which files are edited, and where the results go: decided before anything is read or written."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from bauta.errors import ConfigError
from bauta.io.image_formats import SUFFIXES
from bauta.io.images import looks_like_image
from bauta.io.walk import walk

UNPROCESSED, REVIEW, REVIEW_PAGE = "unprocessed", "review", "review.html"
TABLE_CSV, TABLE_PARQUET = "faces.csv", "faces.parquet"
JOURNAL, LOCK = ".bauta-apply.jsonl", ".bauta-apply.lock"
RESERVED = (UNPROCESSED, REVIEW, REVIEW_PAGE, TABLE_CSV, TABLE_PARQUET, JOURNAL, LOCK)
"""Names in the output folder that pictures must not have."""

WRITTEN = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".ppm", ".pgm", ".pnm", ".pbm"), "PPM"),
    ".bmp": "BMP",
    ".png": "PNG",
    ".webp": "WEBP",
}
"""Suffix → Pillow's name of the format in which a picture of this name is written."""

LOSSY = tuple(
    f".{name}"
    for name in (
        *("avif", "avifs", "heic", "heif", "heifs", "hif", "jxl"),
        *("j2c", "j2k", "jp2", "jpc", "jpf", "jpx"),
    )
)
"""Suffixes of formats of photographs that are not written; JPEG takes their place, PNG that of others."""

VIDEOS = frozenset(
    f".{name}"
    for name in (
        *("3g2", "3gp", "asf", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts"),
        *("mxf", "ogv", "qt", "ts", "vob", "webm", "wmv", "y4m"),
    )
)
"""Suffixes of videos."""

VIDEOS_WRITTEN = (".m4v", ".mkv", ".mov", ".mp4", ".ts", ".webm")
"""Suffixes of videos whose results have the same; those of the others are Matroska files."""


@dataclass(frozen=True)
class Item:
    """A file to edit.

    Attributes:
        source: The original.
        name: Its name relative to its input, behind that of the input if there are several.
        target: The name of the result, relative to the output folder.
        kind: `unread` for a file that the walk refused, with the reason.
        reason: Why it is not read; None otherwise.
    """

    source: Path
    name: str
    target: str
    kind: Literal["image", "video", "unread"]
    reason: str | None = None


def plan_items(inputs: Sequence[Path], out: Path) -> list[Item]:
    """List the files of all inputs.

    The contents of a single folder go to the output folder itself, those of several to a folder each; a file
    keeps its name. Files in the output folder are left out, so that it may lie in an input.

    Raises:
        ConfigError: an input does not exist or holds no pictures, the output folder is an input or is not a
            folder, two files would get the same name, or an original would be overwritten.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"output {out} is a file: name a folder")
    place = out.resolve()
    items: list[Item] = []
    for path in inputs:
        if not path.exists():
            raise ConfigError(f"input {shown(path)} does not exist")
        if path.is_dir():
            if path.resolve() == place:
                raise ConfigError(f"output {out} is the input itself: name another folder")
            prefix = f"{path.resolve().name}/" if len(inputs) > 1 else ""
            items += _below(path, prefix, place)
        else:
            items.append(_item(path, path.name))
    if not items:
        raise ConfigError(f"no pictures or videos in {', '.join(shown(path) for path in inputs)}")
    _check_targets(items, out)
    return items


def shown(name: object) -> str:
    """A name on one line: line breaks and bytes that are not text are escaped."""
    text = os.fsencode(str(name)).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def remove_results(out: Path, target: str) -> None:
    """Remove what an earlier run made of a file; a link that leads out of the output folder is not followed.

    Args:
        out: The output folder.
        target: Name of the result relative to it.
    """
    for path in (out / target, out / UNPROCESSED / target):
        if path.parent.resolve().is_relative_to(out.resolve()):
            path.unlink(missing_ok=True)


def target_name(name: str) -> str:
    """The name of the result: that of the original, with a suffix behind it if its format is not written."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in WRITTEN or suffix in VIDEOS_WRITTEN:
        return name
    if suffix in VIDEOS:
        return name + ".mkv"
    return name + (".jpg" if suffix in LOSSY else ".png")


def _below(folder: Path, prefix: str, out: Path) -> Iterator[Item]:
    """The pictures and videos below a folder."""
    for found in walk(folder):
        path = folder / found.name
        if found.companion is not None or _lies_in(path, out):
            continue
        suffix = path.suffix.lower()
        if found.unread is not None:
            if suffix in SUFFIXES | VIDEOS:
                yield Item(
                    path, prefix + found.name, prefix + target_name(found.name), "unread", found.unread
                )
        elif suffix in SUFFIXES | VIDEOS or looks_like_image(path):
            yield _item(path, prefix + found.name)


def _item(path: Path, name: str) -> Item:
    if path.suffix.lower() in VIDEOS:
        return Item(path, name, target_name(name), "video")
    return Item(path, name, target_name(name), "image")


def _lies_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder)


def _check_targets(items: Sequence[Item], out: Path) -> None:
    sources = {item.source.resolve(): item for item in items}
    taken: dict[str, Item] = {}
    for item in items:
        first = PurePosixPath(item.target).parts[0]
        if first in RESERVED:
            raise ConfigError(
                f"input {shown(item.source)} would be written to {out / first}, which bauta uses itself: "
                "rename it"
            )
        if (other := taken.setdefault(item.target, item)) is not item:
            raise ConfigError(
                f"{shown(other.source)} and {shown(item.source)} would both be written to "
                f"{shown(out / item.target)}: apply them to different folders"
            )
        if (out / item.target).resolve() in sources:
            raise ConfigError(
                f"{shown(item.source)} would be overwritten or overwrite another input in {out}: "
                "name another output folder"
            )
