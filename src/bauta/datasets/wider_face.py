"""WIDER FACE (Yang et al., CVPR 2016): several faces per image, with boxes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bauta.datasets import NO_POINTS, Box, ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import read_lines
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="wider_face",
    kind="adapter",
    implementation="bauta.datasets.wider_face:list_wider_face",
    about="WIDER FACE: several faces an image.",
    settings="bauta.config.datasets.people:WiderFaceDataset",
    source="Yang et al., CVPR 2016",
)


PART_OF: Mapping[str, str] = {"train": "train", "val": "test"}
"""Part of the split for each annotation file; the boxes of WIDER_test are not public."""

ANNOTATIONS = "wider_face_split/wider_face_{}_bbx_gt.txt"
IMAGES = "WIDER_{}/images"
INVALID = 7

_Block = list[tuple[int, str]]


def list_wider_face(root: Path | str, *, links: Links = "follow") -> Listing:
    """List the images with the boxes of their faces.

    Args:
        root: Folder with `wider_face_split/wider_face_{train,val}_bbx_gt.txt` and
            `WIDER_{train,val}/images/<event>/*.jpg`; one of the two is enough.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the annotations; an image's id is its path. Boxes that are marked invalid
        or have no area are dropped, so an image may have none. Broken blocks are problems.

    Raises:
        DataError: neither annotation file exists, or one cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root, links)
    found = [name for name in PART_OF if (root / ANNOTATIONS.format(name)).is_file()]
    if not found:
        raise DataError(
            f"expected {ANNOTATIONS.format('train')} or {ANNOTATIONS.format('val')} below {root}, got neither"
        )
    for name in found:
        path = root / ANNOTATIONS.format(name)
        for block in _blocks(path):
            where = f"{path.name}, line {block[0][0]}"
            boxes = _boxes(block[1:])
            if isinstance(boxes, str):
                builder.report(where, boxes)
                continue
            image = f"{IMAGES.format(name)}/{block[0][1]}"
            points = (NO_POINTS,) * len(boxes)
            builder.add(
                where, ImageRecord(image, image, official_split=PART_OF[name], boxes=boxes, points=points)
            )
    return builder.listing(folders=[IMAGES.format(name) for name in found])


def _blocks(path: Path) -> Iterator[_Block]:
    """Yield the lines of each image; a line with a slash or a suffix names the next image."""
    block: _Block = []
    for line, text in read_lines(path):
        if ("/" in text or text.lower().endswith(".jpg")) and block:
            yield block
            block = []
        block.append((line, text.strip()))
    if block:
        yield block


def _boxes(lines: _Block) -> tuple[Box, ...] | str:
    """Boxes from the lines below an image's name, or text that describes the problem."""
    rows = [text.split() for _, text in lines[1:]]
    if not lines or not lines[0][1].isdecimal():
        return "expected a number of faces below the image's name"
    faces = int(lines[0][1])
    # An image without a face still has one row, of zeros.
    if len(rows) != max(faces, 1) and not (faces == 0 and not rows):
        return f"expected {faces} faces, got {len(rows)}"
    boxes = []
    for row in rows[:faces]:
        if len(row) != 10 or not all(cell.removeprefix("-").isdecimal() for cell in row):
            return f"expected ten whole numbers per face, got '{' '.join(row)}'"
        x, y, width, height = map(int, row[:4])
        if row[INVALID] == "0" and width > 0 and height > 0:
            boxes.append((x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5))
    return tuple(boxes)
