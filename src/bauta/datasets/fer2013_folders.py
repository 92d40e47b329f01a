"""FER-2013 as folders, {train,test,…}/<class>/*.jpg, as in Kaggle's msambare/fer2013."""

from collections.abc import Mapping
from pathlib import Path

from bauta.datasets import Listing
from bauta.datasets.class_folders import find_class_folders, list_class_folders
from bauta.datasets.expression_words import Vocabulary
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.registry import Card

CARD = Card(
    name="fer2013_folders",
    kind="adapter",
    implementation="bauta.datasets.fer2013_folders:list_fer2013_folders",
    about="FER-2013 as a folder for each part and expression.",
    settings="bauta.config.datasets.expressions:Fer2013FoldersDataset",
    source="Goodfellow et al., 2013",
)


def list_fer2013_folders(
    root: Path | str, *, classes: Mapping[str, str | None] | None = None, links: Links = "follow"
) -> Listing:
    """List the images, with part and label from their two folders.

    Args:
        root: Folder that holds folders named as in `class_folders.PART_OF`, each with one folder per
            expression, named by a word of `expression_words.WORDS` or a code of fer2013.csv.
        classes: The meaning of other folder names.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its path.

    Raises:
        DataError: there are no such folders, or one has an unknown name.
    """
    root = Path(root)
    words = Vocabulary.of_space(label_space("fer2013"), classes=classes)
    layout = find_class_folders(root, words)
    if layout is None:
        raise DataError(
            f"expected folders such as train/happy below {root}, got none; {words.accepted()}: see "
            "docs/datasets/fer2013_folders.md"
        )
    return list_class_folders(root, layout, words, links)
