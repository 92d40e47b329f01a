"""Files in the layout of DECA's codes, and everything that is not one."""

import csv
import io

import numpy as np
import pytest
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from bauta.cli.deca import compare_codes
from bauta.errors import ConfigError, DataError
from bauta.preserve.deca import CODES, codes_of, read_codes, read_faces

DECAS = {**CODES, "tex": (50,), "detail": (128,)}


def codes(seed, **changed):
    numbers = np.random.default_rng(seed)
    made = {name: numbers.normal(size=shape).astype(np.float32) for name, shape in DECAS.items()}
    made["pose"] = made["pose"] * 0.2
    return {**made, **changed}


def save(folder, name, values, batched=True):
    (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / name / f"{name}.mat"
    savemat(path, {key: value[None] if batched else value for key, value in values.items()})
    return path


@pytest.mark.parametrize("batched", [True, False])
def test_the_codes_of_one_face(tmp_path, batched):
    made = codes(0)
    found = read_codes(save(tmp_path, "one", made, batched))
    assert found.keys() == CODES.keys()
    for name, values in found.items():
        assert values == pytest.approx(made[name])
        assert values.shape == CODES[name]


def test_the_folders_of_the_program_are_searched(tmp_path):
    paths = {name: save(tmp_path, name, codes(1)) for name in ("b", "a")}
    assert codes_of(tmp_path) == paths
    found = read_faces(codes_of(tmp_path), ["a", "lost", "b"])
    assert found.found.tolist() == [True, False, True]
    assert np.isnan(found.values["flame_expression"][1]).all()
    assert found.values["jaw"][0] == pytest.approx(codes(1)["pose"][3:])
    save(tmp_path / "again", "a", codes(1))
    with pytest.raises(DataError, match="two files of 'a'"):
        codes_of(tmp_path)
    with pytest.raises(DataError, match="got none"):
        codes_of(tmp_path / "elsewhere")


MESH = {"verts": np.zeros((5023, 3)), "trans_verts": np.zeros((5023, 3)), "landmarks2d": np.zeros((68, 2))}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (MESH, "decoded meshes"),
        ({"shape": np.zeros(100)}, "lacks 'exp'"),
        (codes(0, exp=np.zeros(100)), r"expected 'exp' of shape \(50,\)"),
        (codes(0, light=np.zeros(27)), r"expected 'light' of shape \(9, 3\)"),
        (codes(0, pose=np.array([0, 0, np.nan, 0, 0, np.inf])), "'pose' has 2 values that are not finite"),
        (codes(0, cam=np.array(["a", "b", "c"])), "no MATLAB file of DECA's codes"),
    ],
)
def test_other_content_is_refused(tmp_path, values, message):
    path = save(tmp_path, "one", values, batched=False)
    with pytest.raises(DataError, match=message) as error:
        read_codes(path)
    assert "\n" not in str(error.value)


def test_the_codes_of_two_faces_in_one_file_are_refused(tmp_path):
    save(tmp_path, "one", {name: np.stack([value] * 2) for name, value in codes(0).items()}, batched=False)
    with pytest.raises(DataError, match="for one face"):
        read_codes(tmp_path / "one/one.mat")


def test_damaged_files_are_refused(tmp_path):
    whole = save(tmp_path, "one", codes(0)).read_bytes()
    for number, content in enumerate((b"", b"text", whole[: len(whole) // 2], whole[:200])):
        path = tmp_path / f"{number}.mat"
        path.write_bytes(content)
        with pytest.raises(DataError, match=f"{number}.mat"):
            read_codes(path)
    (tmp_path / "link.mat").symlink_to(tmp_path / "gone.mat")
    with pytest.raises(DataError, match=r"link\.mat is no MATLAB file"):
        read_codes(tmp_path / "link.mat")


def table(text):
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text))}


def test_what_is_kept_by_hand(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    turn = Rotation.from_rotvec([0, np.radians(10), 0])
    for number in range(6):
        made = codes(number)
        save(before, f"p{number // 2}_{number}", made)
        moved = made["pose"].copy()
        moved[:3] = (Rotation.from_rotvec(made["pose"][:3].astype(float)) * turn).as_rotvec()
        if number < 5:
            save(after, f"p{number // 2}_{number}", {**made, "pose": moved, "exp": made["exp"] + 0.5})
    found = table(compare_codes(before, after, person="p[0-9]+"))
    assert float(found["found_after"]["value"]) == pytest.approx(5 / 6, rel=1e-4)
    assert float(found["pose_error"]["value"]) == pytest.approx(10, rel=1e-4)
    assert float(found["flame_expression_error"]["value"]) == pytest.approx(0.5, rel=1e-4)
    assert float(found["jaw_error"]["value"]) == pytest.approx(0, abs=1e-4)
    assert float(found["flame_shape_kept"]["value"]) < 1, "a lost face keeps no shape"
    assert found["flame_shape_error"]["value"] == "0"
    assert found["flame_shape_error"]["n"] == "5"


def test_faces_and_people_that_do_not_match_are_refused(tmp_path):
    for folder, name in (("before", "a"), ("after", "b")):
        save(tmp_path / folder, name, codes(0))
    with pytest.raises(DataError, match="'b' has no original"):
        compare_codes(tmp_path / "before", tmp_path / "after")
    for pattern, message in (("(", "no regular expression"), ("x", "does not match the start of 'a'")):
        with pytest.raises(ConfigError, match=message):
            compare_codes(tmp_path / "before", tmp_path / "before", person=pattern)
