"""Small trees in the real layouts of datasets."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def draw():
    """Draws a tiny image of a given size and makes its folders."""

    def write(path, size=(8, 8)):
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = sum(path.name.encode())
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write


@pytest.fixture
def write():
    """Writes text below a folder."""

    def put(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return put


@pytest.fixture
def reasons():
    """Where → reason of a listing's problems."""

    def of(listing):
        found = {problem.where: problem.reason for problem in listing.problems}
        assert len(found) == len(listing.problems)
        return found

    return of
