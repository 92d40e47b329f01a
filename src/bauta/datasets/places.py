"""Locations of dataset files that the configuration also needs; nothing heavy is imported here."""

import os
from pathlib import Path

CELEBA_IDENTITIES = ("identity_CelebA.txt", "Anno/identity_CelebA.txt")


def option_path(root: Path, name: str) -> Path:
    """The path of a file that a dataset option names; a relative name is relative to the root.

    `..` is resolved textually, so that the path stays the same if the root does not exist or is a link.
    """
    return Path(os.path.normpath(root / name))
