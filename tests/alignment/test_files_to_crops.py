"""From a folder of good and bad files to crops: every file is accounted for at every stage."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, coffee

from bauta.alignment.align import align_detections, apply_affine
from bauta.alignment.crop import crop_dataset
from bauta.contract import CropContract, Status
from bauta.datasets.folder import list_folder
from bauta.datasets.manifest import read_manifest, write_manifest
from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.io.tables import ALIGNMENT, DETECTIONS, read_table, write_table
from bauta.models.store import ModelStore
from bauta.store import Store

CONTRACT = CropContract(size=128)


@pytest.mark.parametrize("detector", ["dlib_hog", "mtcnn"])
def test_every_file_is_accounted_for(tmp_path, detector):
    root = tmp_path / "photographs"
    (root / "eileen").mkdir(parents=True)
    portrait = astronaut()[:300, 60:360]
    good = {"1.png": portrait, "2.png": np.dstack([portrait.mean(axis=2)] * 3).astype(np.uint8)}
    for name, pixels in good.items():
        Image.fromarray(pixels).save(root / "eileen" / name)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(portrait)))
    turned.save(root / "eileen" / "turned.jpg", quality=95, exif=exif)
    Image.fromarray(coffee()).save(root / "eileen" / "coffee.png")
    whole = (root / "eileen" / "1.png").read_bytes()
    (root / "eileen" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (root / "eileen" / "empty.png").touch()
    (root / "eileen" / "out.png").symlink_to(tmp_path / "elsewhere.png")
    (root / "eileen" / "notes.txt").write_text("taken in 1999")

    write_manifest(list_folder(root, subject_level=1), root, tmp_path / "manifest.parquet")
    manifest = read_manifest(tmp_path / "manifest.parquet")
    found = detect_dataset(manifest, root, DETECTORS.load(detector)(ModelStore.default()))
    write_table(found, tmp_path / "detections.parquet", DETECTIONS)
    aligned = align_detections(read_table(tmp_path / "detections.parquet", DETECTIONS), CONTRACT)
    write_table(aligned, tmp_path / "alignment.parquet", ALIGNMENT)
    crop_dataset(manifest, aligned, root, CONTRACT, tmp_path / "crops.zarr")

    store = Store.open(tmp_path / "crops.zarr")
    codes = dict(zip(store.ids, store.read("status").tolist(), strict=True))
    expected = {
        "eileen/1.png": Status.OK,
        "eileen/2.png": Status.OK,
        "eileen/coffee.png": Status.NO_FACE,
        "eileen/cut.png": Status.UNREADABLE,
        "eileen/empty.png": Status.UNREADABLE,
        "eileen/out.png": Status.UNREADABLE,
        "eileen/turned.jpg": Status.OK,
    }
    assert codes == {name: status.code for name, status in expected.items()}
    assert json.loads(manifest.schema.metadata[b"ignored"]) == ["eileen/notes.txt"]
    assert all(row["reason"] for row in aligned.to_pylist() if row["status"] != Status.OK)

    crops = dict(zip(store.ids, store.read("images"), strict=True))
    assert not any(crops[name].any() for name, status in expected.items() if status != Status.OK)
    assert np.abs(crops["eileen/1.png"].astype(int) - crops["eileen/turned.jpg"]).mean() < 8
    for row, detection in zip(aligned.to_pylist(), found.to_pylist(), strict=True):
        if row["status"] == Status.OK:
            points = np.array(detection["points"]).reshape(5, 2)
            mapped = apply_affine(np.array(row["matrix"]).reshape(2, 3), points)
            assert np.linalg.norm(mapped - CONTRACT.template(), axis=1).max() < 0.06 * CONTRACT.size
