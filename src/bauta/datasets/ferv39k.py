"""FERV39k: clips of films and broadcasts with an expression each (Wang et al., CVPR 2022)."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.files import read_lines
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="ferv39k",
    kind="adapter",
    implementation="bauta.datasets.ferv39k:list_ferv39k",
    about="FERV39k: frames of clips with an expression each.",
    settings="bauta.config.datasets.expressions:Ferv39kDataset",
    source="Wang et al., CVPR 2022",
)


log = logging.getLogger(__name__)

CLIPS = "2_ClipsforFaceCrop"
LISTS: Mapping[str, str] = {
    "4_setups/All_scenes/train_All.csv": "train",
    "4_setups/All_scenes/test_All.csv": "test",
}
"""File lists of the setup with all scenes, and the part of each."""


def list_ferv39k(
    root: Path | str,
    *,
    frames_per_clip: int = 1,
    classes: Mapping[str, str | None] | None = None,
    links: Links = "follow",
) -> Listing:
    """List some frames of each clip of the setup with all scenes, cropped to the face.

    Args:
        root: Folder with `2_ClipsforFaceCrop/<scene>/<expression>/<clip>/*.jpg` and
            `4_setups/All_scenes/{train,test}_All.csv`; one of the lists is enough.
        frames_per_clip: Number of frames of each clip, evenly spaced, each in the middle of its part of the
            clip; of a shorter clip all.
        classes: The meaning of other labels.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the lists; an image's id is its path below the clips. The subject is the
        clip, as `Listing.clips` says, so that no split separates its frames. The other frames are over the
        limit; clips in no list are ignored.

    Raises:
        DataError: the clips or both lists are missing, a list cannot be read, a label is unknown, or more
            than a tenth of the rows cannot be used.
    """
    root = Path(root)
    required(root, CLIPS)
    lists = [name for name in LISTS if (root / name).is_file()]
    if not lists:
        raise DataError(f"expected {' or '.join(LISTS)} below {root}, got neither")
    log.info("layout: clips in %s, parts in %s", root / CLIPS, " and ".join(lists))
    builder = ListingBuilder(root, links, words=Vocabulary(classes or {}), source=root / lists[0])
    frames = _frames(builder)
    over_limit: list[str] = []
    for name in lists:
        for where, clip, word in _rows(root / name, builder):
            found = frames.pop(clip, [])
            if not found:
                builder.remark(where, f"there is no frame in '{CLIPS}/{clip}', or it was listed before")
                continue
            chosen = spread(len(found), frames_per_clip)
            for place, path in enumerate(found):
                if place in chosen:
                    image_id = str(PurePosixPath(path).relative_to(CLIPS))
                    record = ImageRecord(image_id, path, clip, official_split=LISTS[name])
                    builder.add_labelled(where, record, word)
                else:
                    over_limit.append(path)
    return replace(builder.listing(folders=[CLIPS], over_limit=over_limit), clips=True)


def spread(count: int, wanted: int) -> set[int]:
    """Places of evenly spaced frames, each in the middle of its part of `count`; all if there are fewer."""
    if count <= wanted:
        return set(range(count))
    return {(2 * number + 1) * count // (2 * wanted) for number in range(wanted)}


def _frames(builder: ListingBuilder) -> dict[str, list[str]]:
    """The frames of each clip in natural order, by the clip's path below `CLIPS`."""
    found: dict[str, list[str]] = {}
    for path in builder.images(CLIPS):
        found.setdefault(str(PurePosixPath(path).parent.relative_to(CLIPS)), []).append(path)
    return found


def _rows(path: Path, builder: ListingBuilder) -> Iterator[tuple[str, str, str]]:
    """Yield line, clip and label of each row of a list; broken rows are reported, but not a header."""
    for line, text in read_lines(path):
        clip, _, word = text.strip().rpartition(" ")
        where = f"{path.name}, line {line}"
        if len(PurePosixPath(clip).parts) == 3:
            yield where, clip, word
        elif line > 1:
            builder.report(where, f"expected a clip such as Action/Happy/0267 and a label, got '{text}'")
