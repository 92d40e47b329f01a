"""Matching the paths in a file of labels, as people write them, to images."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath


class ImagePaths:
    """Finds the images of a dataset by paths written by people.

    A path refers to the image of that name below the root. If there is none, the path may be absolute,
    relative to the folder of the file that names it, or relative to a folder above the root, such as the
    working directory; it may be the end of an image's path, such as the bare name; and it may have
    backslashes, different case or another Unicode form. It is accepted if this leaves exactly one image. Only
    images below the root are ever found.

    Args:
        root: The dataset's folder.
        images: Paths of its images, relative to the root.
        beside: Folder of the file that names them.
    """

    def __init__(self, root: Path, images: Collection[str], beside: Path) -> None:
        self._images = frozenset(images)
        here = _joined(Path.cwd(), str(root))
        self._roots = dict.fromkeys((here, root.resolve()))
        self._starts = dict.fromkeys((here, _joined(Path.cwd(), str(beside)), *here.parents))
        self._by_form = _grouped((_form(name), name) for name in images)
        self._by_end = _grouped((end, name) for name in images for end in _ends(_form(name)))

    def find(self, written: str) -> tuple[str | None, str]:
        """The image to which a path refers; or None and the reason."""
        if written in self._images:
            return written, ""
        path = written.strip().replace("\\", "/")
        inside = [] if PureWindowsPath(path).drive else self._inside(path)
        if not inside:
            return None, f"expected a path inside the dataset's root, got '{written}'"
        found = {image for name in inside for image in self._by_form.get(_form(name), ())}
        if not found and not _leads_elsewhere(path):
            found = self._by_end.get(_form(os.path.normpath(path)), set())
        if len(found) > 1:
            first, second, *_ = sorted(found)
            return None, f"'{written}' may be '{first}', '{second}' or others: {len(found)} images"
        return next(((image, "") for image in found), (None, f"there is no image '{written}'"))

    def _inside(self, path: str) -> list[str]:
        """The possible forms of a path relative to the root."""
        ends = dict.fromkeys(_joined(start, path) for start in self._starts)
        return [
            end.relative_to(root).as_posix()
            for end in ends
            for root in self._roots
            if end.is_relative_to(root)
        ]


def _form(name: str) -> str:
    """A path in lower case and composed Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _joined(start: Path, path: str) -> Path:
    """Join a path to a folder; `..` is resolved textually, so that no link is followed."""
    return Path(os.path.normpath(start / path))


def _leads_elsewhere(path: str) -> bool:
    return path.startswith("/") or ".." in PurePosixPath(path).parts


def _ends(name: str) -> Iterable[str]:
    parts = name.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, name in pairs:
        found[key].add(name)
    return dict(found)
