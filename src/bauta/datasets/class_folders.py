"""Images in folders that are named after expressions, as in packings on the web.

The layout is `<part>/<class>/<image>` or `<class>/<image>`, up to two folders below the root.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.expression_words import Vocabulary, counted
from bauta.errors import DataError
from bauta.io.companions import companion
from bauta.io.walk import Links

log = logging.getLogger(__name__)

PART_OF: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "train_set": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "val_set": "dev",
    "publictest": "dev",
    "test": "test",
    "testing": "test",
    "test_set": "test",
    "privatetest": "test",
}
"""Part of the split for each folder name, in lower case."""

DEPTH = 2
"""Largest depth below the root at which class folders, or folders of parts, may begin."""


@dataclass(frozen=True)
class ClassFolders:
    """The location of a dataset's class folders.

    Attributes:
        base: Folder that holds them, or the folders of the parts, relative to the root; `.` for the root.
        parts: Folder name → part of the split; empty if there are no folders of parts.
    """

    base: PurePosixPath
    parts: Mapping[str, str]

    def describe(self, root: Path) -> str:
        """Describe the layout in words."""
        shape = "<part>/<class>/<image>" if self.parts else "<class>/<image>"
        return f"class folders, {shape} below {root / self.base}"


def find_class_folders(root: Path, words: Vocabulary, *, two_parts: bool = False) -> ClassFolders | None:
    """Find the class folders of a dataset; None if it has none.

    Args:
        root: The dataset's folder.
        words: The dataset's names for the expressions.
        two_parts: Whether the official split has no dev part, so that a folder named validation is the test
            part, unless another folder is.

    Raises:
        DataError: several folders at the same depth hold class folders.
    """
    level = [PurePosixPath(".")]
    for _ in range(DEPTH + 1):
        found = [layout for base in level if (layout := _layout(root, base, words)) is not None]
        if len(found) > 1:
            names = " and ".join(str(layout.base) for layout in found)
            raise DataError(f"the folders {names} below {root} each hold class folders: name one as the root")
        if found:
            return _with_test(found[0]) if two_parts else found[0]
        level = [base / name for base in level for name in _folders(root / base)]
    return None


def _layout(root: Path, base: PurePosixPath, words: Vocabulary) -> ClassFolders | None:
    folders = _folders(root / base)
    parts = {name: PART_OF[name.casefold()] for name in folders if name.casefold() in PART_OF}
    if any(words.knows(name) for part in parts for name in _folders(root / base / part)):
        return ClassFolders(base, parts)
    return ClassFolders(base, {}) if any(map(words.knows, folders)) else None


def _folders(path: Path) -> list[str]:
    if not path.is_dir():
        return []
    return sorted(entry.name for entry in path.iterdir() if entry.is_dir() and companion(entry.name) is None)


def list_class_folders(
    root: Path, layout: ClassFolders, words: Vocabulary, links: Links = "follow"
) -> Listing:
    """List the images, labelled by their folders.

    Args:
        root: The dataset's folder.
        layout: The location of its class folders.
        words: The dataset's names for the expressions.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its path. Images at another depth are problems.

    Raises:
        DataError: the name of a class or part is unknown, or more than a tenth of the images lie elsewhere.
    """
    log.info("layout: %s", layout.describe(root))
    builder = ListingBuilder(root, links, words=words)
    depth = 2 if layout.parts else 1
    strangers: Counter[str] = Counter()
    for name, folders in images_in(layout, builder):
        part = layout.parts.get(folders[0]) if folders else None
        if len(folders) == depth and (part is not None or not layout.parts):
            builder.add_labelled(name, ImageRecord(name, name, official_split=part), folders[-1])
            continue
        builder.report(name, f"expected {layout.describe(root)}")
        if len(folders) == depth and words.knows(folders[-1]):
            strangers[folders[0]] += 1
    if strangers:
        raise DataError(
            f"{root / layout.base}: unknown parts: {counted(strangers)}; accepted are {', '.join(PART_OF)}"
        )
    return builder.listing(folders=[""])


def images_in(layout: ClassFolders, builder: ListingBuilder) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the path of each image below the base, in natural order, and its folders below the base."""
    base = "" if layout.base == PurePosixPath(".") else str(layout.base)
    for name in builder.images(base):
        yield name, PurePosixPath(name).relative_to(layout.base).parts[:-1]


def _with_test(layout: ClassFolders) -> ClassFolders:
    if "test" in layout.parts.values():
        return layout
    parts = {name: "test" if part == "dev" else part for name, part in layout.parts.items()}
    return ClassFolders(layout.base, parts)
