"""Locations of dataset files that the configuration also needs; nothing heavy is imported here."""

import os
from pathlib import Path

CELEBA_IDENTITIES = ("identity_CelebA.txt", "Anno/identity_CelebA.txt")


CELEBA_ATTRIBUTES = ("list_attr_celeba.txt", "Anno/list_attr_celeba.txt", "list_attr_celeba.csv")
CELEBAMASK_HQ_ATTRIBUTES = ("CelebAMask-HQ-attribute-anno.txt",)
RAFDB_ATTRIBUTES = ("Annotation/manual", "basic/Annotation/manual")
AGEDB_PROTOCOL_IMAGES = "03_Protocol_Images"
CFP_PLACES = ("", "cfp-dataset")
"""Folders below the root in which CFP's `Data` and `Protocol` may lie."""


def option_path(root: Path, name: str) -> Path:
    """The path of a file that a dataset option names; a relative name is relative to the root.

    `..` is resolved textually, so that the path stays the same if the root does not exist or is a link.
    """
    return Path(os.path.normpath(root / name))
