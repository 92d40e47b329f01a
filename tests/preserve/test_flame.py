"""Expression and pose from made-up files in the layout of DECA's codes, as a store."""

import numpy as np
import pytest
from scipy.io import savemat

from bauta.contract import Status
from bauta.errors import DataError
from bauta.preserve.deca import CODES, read_codes
from bauta.preserve.flame import READ, files_of, write_flame
from bauta.store import ArraySpec, Store, StoreWriter

IMAGES = {"a": "ann/1.jpg", "b": "ann/2.jpg", "c": "bob/1.png", "d": "bob/x.y.jpg"}


def codes(seed, **changed):
    numbers = np.random.default_rng(seed)
    return {name: numbers.normal(size=(1, *shape)) for name, shape in CODES.items()} | changed


def save(folder, name, values=None):
    path = folder / f"{name}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, codes(0) if values is None else values)
    return path


@pytest.fixture
def written(tmp_path):
    """A function that reads the files of a folder as the faces of `IMAGES`, of which `d` has no crop."""
    specs = {"status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "crops.zarr", specs, list(IMAGES)) as writer:
        writer.append(status=np.array([0, 0, 0, Status.FAILED.code], np.uint8))

    def write(folder, out="flame"):
        write_flame(Store.open(tmp_path / "crops.zarr"), IMAGES, folder, tmp_path / f"{out}.zarr")
        return Store.open(tmp_path / f"{out}.zarr")

    return write


def test_expression_and_pose_of_each_face_and_nothing_else(tmp_path, written):
    made = {name: codes(seed) for seed, name in enumerate(("ann/1", "ann/2", "bob/1", "bob/x.y"))}
    for name, values in made.items():
        save(tmp_path / "deca", name, values)
    store = written(tmp_path / "deca")
    assert store.ids == tuple(IMAGES)
    assert set(store.arrays) == {"expression", "pose", "status"}
    assert {name: store.read(name).shape for name in READ} == {"expression": (4, 50), "pose": (4, 6)}
    for row, values in enumerate(list(made.values())[:3]):
        assert store.read("expression")[row] == pytest.approx(values["exp"][0], rel=1e-6)
        assert store.read("pose")[row] == pytest.approx(values["pose"][0], rel=1e-6)
    assert {store.read(name).dtype.name for name in READ} == {"float32"}
    assert store.read("status").tolist() == [0, 0, 0, Status.FAILED.code], "no crop, though there is a file"
    assert np.isnan(store.read("expression")[3]).all()


def test_a_face_without_a_file_has_no_face_and_nothing_finite(tmp_path, written):
    save(tmp_path / "deca", "ann/1")
    store = written(tmp_path / "deca")
    no_face = Status.NO_FACE.code
    assert store.read("status").tolist() == [0, no_face, no_face, Status.FAILED.code]
    for name in READ:
        assert np.isnan(store.read(name)[1:]).all()
        assert np.isfinite(store.read(name)[0]).all()


def test_who_someone_is_is_not_in_the_store(tmp_path, written):
    save(tmp_path / "one", "ann/1", codes(0))
    save(tmp_path / "other", "ann/1", codes(0, shape=np.full((1, 100), 7.0), light=np.zeros((1, 9, 3))))
    save(tmp_path / "without", "ann/1", {name: codes(0)[name] for name in READ.values()})
    stores = [written(tmp_path / name, name) for name in ("one", "other", "without")]
    for store in stores:
        assert store.files == stores[0].files, "byte for byte"
    save(tmp_path / "smile", "ann/1", codes(0, exp=np.ones((1, 50))))
    assert written(tmp_path / "smile", "smile").files != stores[0].files


def test_what_is_not_asked_for_may_be_missing_or_wrong(tmp_path):
    path = save(tmp_path, "one", codes(0, shape=np.full(3, np.nan)))
    assert read_codes(path, ("exp", "pose")).keys() == {"exp", "pose"}
    with pytest.raises(DataError, match="expected 'shape'"):
        read_codes(path)
    path = save(tmp_path, "two", codes(0, pose=np.full((1, 6), np.nan)))
    with pytest.raises(DataError, match="'pose' has 6 values that are not finite"):
        read_codes(path, ("exp", "pose"))
    with pytest.raises(DataError, match="lacks 'exp': expected DECA's codes exp, pose"):
        read_codes(save(tmp_path, "three", {"shape": np.zeros(100)}), ("exp", "pose"))


def test_a_file_is_found_by_the_name_and_the_folders_of_its_image(tmp_path):
    paths = {
        "a": save(tmp_path, "ann/1/1"),
        "b": save(tmp_path, "2"),
        "c": save(tmp_path, "bob/1"),
        "d": save(tmp_path, "x.y/x.y"),
    }
    save(tmp_path, "cid/9")
    (tmp_path / "._2.mat").write_bytes(b"a companion of a Mac")
    assert files_of(tmp_path, IMAGES) == paths
    assert files_of(tmp_path, {"a": "a/b/c/ann/1.jpg"}) == {"a": paths["a"]}


def test_the_same_letter_in_another_unicode_form_is_the_same_name(tmp_path):
    path = save(tmp_path, "Jose\u0301")
    assert files_of(tmp_path, {"a": "Jos\u00e9.jpg"}) == {"a": path}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1"], r"fits 2 images, such as 'ann/1\.jpg' and 'bob/1\.png'; put it in a folder"),
        (["2", "ann/2"], "two files of 'b'"),
        (["cid/9"], r"none of 1 files has the name of an image, such as 'cid/9\.mat'; .* 'ann/1\.mat'"),
        ([], "expected DECA's files NAME.mat, got none"),
    ],
)
def test_names_that_do_not_fit_are_one_line(tmp_path, names, message):
    (tmp_path / "deca").mkdir()
    for name in names:
        save(tmp_path / "deca", name)
    with pytest.raises(DataError, match=message) as error:
        files_of(tmp_path / "deca", IMAGES)
    assert "\n" not in str(error.value)


def test_a_damaged_file_leaves_no_store(tmp_path, written):
    save(tmp_path / "deca", "ann/1").write_bytes(b"text")
    with pytest.raises(DataError, match=r"1\.mat is no MATLAB file of DECA's codes"):
        written(tmp_path / "deca")
    assert not (tmp_path / "flame.zarr").exists()
    (tmp_path / "deca/ann/1.mat").unlink()
    (tmp_path / "deca/ann/1.mat").symlink_to(tmp_path / "gone.mat")
    with pytest.raises(DataError, match=r"1\.mat is no MATLAB file"):
        written(tmp_path / "deca")
