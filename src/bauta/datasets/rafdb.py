"""RAF-DB, basic emotions (Li et al., Reliable crowdsourcing …, CVPR 2017)."""

from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.files import read_lines
from bauta.labels import label_space

LABELS = "EmoLabel/list_patition_label.txt"
IMAGES = "Image/aligned"
SPLITS = ("train", "test")


def list_rafdb(root: Path | str) -> Listing:
    """List the aligned images, 100×100 pixels, with their labels and the official split.

    Args:
        root: Folder `basic`, with `EmoLabel/list_patition_label.txt` and `Image/aligned`.

    Returns:
        The listing in the order of the labels; `train_00001` is the id of `train_00001_aligned.jpg`. Rows
        that cannot be used are problems.

    Raises:
        DataError: the labels are missing or cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root)
    space = label_space("rafdb")
    for line, text in read_lines(required(root, LABELS)):
        where = f"{LABELS}, line {line}"
        parts = text.split()
        if len(parts) != 2:
            builder.report(where, f"expected a file and a label, got '{text}'")
            continue
        path = PurePosixPath(parts[0])
        part = path.name.partition("_")[0]
        if part not in SPLITS:
            builder.report(where, f"expected a name that begins with train or test, got '{path}'")
            continue
        name = f"{IMAGES}/{path.with_suffix('')}_aligned{path.suffix}"
        record = ImageRecord(path.stem, name, official_split=part)
        builder.add_labelled(where, record, space, parts[1], first=1)
    return builder.listing(folders=[IMAGES])
