import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauta.errors import DataError
from bauta.landmarks.mediapipe478 import BLENDSHAPES
from bauta.preserve.quantities import ACTION_UNITS, QUANTITIES, pack, unpack, width

NAMES = st.lists(st.sampled_from(sorted(QUANTITIES)), min_size=1, unique=True)


def test_sizes_are_those_of_the_models():
    assert width(["landmarks"]) == 136
    assert width(["blendshapes"]) == BLENDSHAPES
    assert width(["action_units"]) == len(ACTION_UNITS)
    assert width(["landmarks", "pose", "openings"]) == 141


@given(names=NAMES, faces=st.integers(0, 4), seed=st.integers(0, 99))
def test_what_is_packed_is_unpacked(names, faces, seed):
    numbers = np.random.default_rng(seed)
    values = {name: numbers.random((faces, *QUANTITIES[name]), dtype=np.float32) for name in names}
    rows = pack(names, values)
    assert rows.dtype == np.float32
    assert rows.shape == (faces, width(names))
    found = unpack(names, rows)
    assert list(found) == names
    assert all(np.array_equal(found[name], values[name]) for name in names)


def test_a_face_that_lacks_a_number_lacks_all():
    values = {"pose": np.zeros((3, 3)), "openings": np.ones((3, 2))}
    values["openings"][1, 1] = np.nan
    values["pose"][2, 0] = np.inf
    rows = pack(["pose", "openings"], values)
    assert np.isnan(rows[1:]).all()
    assert rows[0].tolist() == [0, 0, 0, 1, 1]


def test_others_are_refused():
    with pytest.raises(DataError, match="no quantity 'poes': did you mean 'pose'"):
        width(["poes"])
    with pytest.raises(DataError, match=r"pose: expected shape \(N, 3\), got \(2, 2\)"):
        pack(["pose"], {"pose": np.zeros((2, 2))})
    with pytest.raises(DataError, match="expected 3 numbers a row for pose"):
        unpack(["pose"], np.zeros((2, 4)))
