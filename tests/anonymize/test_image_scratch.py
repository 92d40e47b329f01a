"""Averages that wait on disk are those that were put there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.anonymize.scratch import ImageScratch


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 9), st.sampled_from([1, 100, 10**6]))
def test_gives_back_what_was_appended_in_memory_and_on_disk(seed, count, memory_bytes):
    images = np.random.default_rng(seed).integers(0, 256, (count, 4, 5, 3), dtype=np.uint8)
    scratch = ImageScratch((4, 5, 3), memory_bytes)
    for number, image in enumerate(images):
        scratch.append(image)
        np.testing.assert_array_equal(scratch[0], images[0])
        assert len(scratch) == number + 1
    for number in np.random.default_rng(seed).permutation(count):
        np.testing.assert_array_equal(scratch[number], images[number])


def test_what_was_never_appended_is_refused():
    with pytest.raises(IndexError, match="below 0"):
        ImageScratch((2, 2, 3))[0]


def test_leaves_nothing_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = ImageScratch((8, 8, 3), memory_bytes=1)
    scratch.append(np.full((8, 8, 3), 7, dtype=np.uint8))
    assert scratch[0].tolist() == np.full((8, 8, 3), 7).tolist()
    assert list(tmp_path.iterdir()) == []
