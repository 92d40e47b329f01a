"""Draws every expression with every look of the avatar that comes with bauta: docs/avatar.jpg.

python benchmarks/avatar_sheet.py docs/avatar.jpg
"""

import sys

import cv2
import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.contract import CropContract
from bauta.labels import EXPRESSIONS
from bauta.models.store import ModelStore

CONTRACT = CropContract(128)


def main(out: str) -> None:
    """Write the sheet: a look in each row, an expression in each column."""
    book = AvatarBook.read(ModelStore.default().path("avatar"))
    expressions = range(len(EXPRESSIONS))
    rows = [
        np.hstack([book.draw(len(EXPRESSIONS), code, look, CONTRACT) for code in expressions])
        for look in book.looks
    ]
    cv2.imwrite(out, np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    main(sys.argv[1])
