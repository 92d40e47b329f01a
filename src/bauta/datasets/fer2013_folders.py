"""FER-2013 as folders: {train,test,…}/<class>/*.jpg, as Kaggle's msambare/fer2013 packs it."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import files_below, natural_order
from bauta.datasets.folder import is_image
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.registry import nearest

PART_OF: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "publictest": "dev",
    "test": "test",
    "privatetest": "test",
}
"""Part of the split that a folder, in lower case, stands for."""


def list_fer2013_folders(root: Path | str) -> Listing:
    """List the images by the two folders that they lie in.

    Args:
        root: Folder of the folders of `PART_OF`, each with a folder for each expression.

    Returns:
        The listing in natural order; an image's id is its path. Images in folders with other names are
        problems.

    Raises:
        DataError: the root has no folder of `PART_OF`.
    """
    root = Path(root)
    if not root.is_dir() or not any(path.name.lower() in PART_OF for path in root.iterdir() if path.is_dir()):
        raise DataError(f"expected folders such as train and test below {root}: see docs/datasets/fer2013.md")
    builder = ListingBuilder(root)
    for name in sorted(files_below(root), key=natural_order):
        if not is_image(root, name):
            continue
        folders = PurePosixPath(name).parts[:-1]
        part = PART_OF.get(folders[0].lower()) if folders else None
        if len(folders) != 2 or part is None:
            builder.report(
                name, f"expected <part>/<expression>/<image>, the part one of: {', '.join(PART_OF)}"
            )
        elif folders[1] not in EXPRESSIONS:
            hint = nearest(folders[1], list(EXPRESSIONS))
            builder.report(name, f"unknown expression '{folders[1]}': {hint}")
        else:
            builder.add(name, ImageRecord(name, name, expression=folders[1], official_split=part))
    return builder.listing(folders=[""])
