"""The real deface 1.5.0, with the settings of config/deface.yaml, on rendered faces."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from whole_images import Dataset, stored

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.external.command import Command
from bauta.anonymize.external.folder import External
from bauta.anonymize.external.places import Face
from bauta.anonymize.external.settings import CommandSetting, ExternalSetting
from bauta.anonymize.run import anonymize_store
from bauta.contract import CropContract, Status
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.detect import DETECTORS
from bauta.io.images import read_image
from bauta.models.convert import without_network
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch
from bauta.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("deface") is None, reason="deface is not installed"),
]

READY = yaml.safe_load((Path(__file__).parents[2] / "config/deface.yaml").read_text())
CONTRACT = CropContract()
OK, FAILED = Status.OK.code, Status.FAILED.code


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Rendered people whose faces MTCNN finds, as JPEG files."""
    root = tmp_path_factory.mktemp("deface")
    render_dataset(root / "rendered", subjects=3, images_per_subject=2, seed=3)
    root, faces = root / "rendered" / "images", {}
    detector = DETECTORS.load("mtcnn")(ModelStore.default())
    for path in sorted(root.rglob("*.jpg")):
        name = path.relative_to(root).as_posix()
        points = detector.detect(read_image(path)).points[0]
        matrix = fit_similarity(points, CONTRACT.template())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        faces[name] = Face(name, name, sha256, matrix)
    return Dataset(root, faces)


def batch_of(data):
    images = [warp_crop(read_image(data.root / name), data.faces[name].matrix, 256) for name in data.faces]
    return FaceBatch(face_ids=list(data.faces), images=np.stack(images))


def deface(data, folder, setting, names=None):
    """What a person gets who runs deface: one call for each picture, as a folder has no subfolders."""
    for name in names or data.faces:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["deface", data.root / name, "--output", folder / name, "--replacewith", setting],
            check=True,
            capture_output=True,
        )
    return folder


def anonymized(backend, places, data, tmp_path, name):
    backend.locate(places)
    (tmp_path / name).mkdir()
    crops, labels = stored(tmp_path / name, batch_of(data))
    out = tmp_path / f"{name}.zarr"
    anonymize_store(crops, None, None, labels, backend, out=out, seed=0)
    return Store.open(out)


def by_folder(data, folder, tmp_path, name="external"):
    return anonymized(
        External(ExternalSetting(root=str(folder)), CONTRACT), data.places(folder), data, tmp_path, name
    )


@pytest.mark.parametrize("setting", ["blur", "mosaic"])
def test_the_program_and_the_folder_of_its_pictures_are_equal_to_the_bit(data, tmp_path, setting):
    options = {**READY["anonymizers"]["command"], "settings": setting, "network": not without_network()}
    command = Command(CommandSetting(**options), CONTRACT)
    one = anonymized(command, data.places(), data, tmp_path, "command")
    other = by_folder(data, deface(data, tmp_path / "out", setting), tmp_path)
    assert (one.read("status") == OK).sum() >= 5
    for array in ("status", "images", "mask"):
        np.testing.assert_array_equal(one.read(array), other.read(array))


def test_a_picture_that_deface_left_as_it_was_has_failed(data, tmp_path):
    folder = deface(data, tmp_path / "out", "mosaic")
    before = by_folder(data, folder, tmp_path, "before").read("status").tolist()
    first = next(iter(data.faces))
    deface(data, folder, "none", names=[first])
    after = by_folder(data, folder, tmp_path, "after").read("status").tolist()
    assert before[0] == OK
    assert after == [FAILED, *before[1:]]
