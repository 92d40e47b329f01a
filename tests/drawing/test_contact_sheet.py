"""The contact sheet shows what an anonymizer made of a face, or that it made nothing."""

import cv2
import numpy as np
import pytest

from bauta.config.short_names import readable
from bauta.contract import Status
from bauta.drawing.canvas import ALARM
from bauta.drawing.contact import contact_sheet, rows_of_sheet
from bauta.errors import StoreError
from bauta.store import ArraySpec, StoreWriter


def read(path):
    image = cv2.imread(str(path))
    assert image is not None
    return image


def margin(path):
    """The outermost pixels, on which nothing may be drawn."""
    image = read(path)
    return np.concatenate(
        [image[:4].ravel(), image[-4:].ravel(), image[:, :4].ravel(), image[:, -4:].ravel()]
    )


@pytest.fixture
def stores(tmp_path):
    ids = ["a", "b", "c"]
    specs = {"images": ArraySpec((64, 64, 3), "uint8"), "status": ArraySpec((), "uint8")}
    found = {}
    for name, color in (("crops", (250, 0, 250)), ("blur", (0, 250, 250))):
        images = np.broadcast_to(np.array(color, dtype=np.uint8), (3, 64, 64, 3)).copy()
        status = np.zeros(3, dtype=np.uint8)
        if name == "blur":
            status[1], images[1] = Status.FAILED.code, 0
        with StoreWriter(tmp_path / f"{name}.zarr", specs, ids) as writer:
            writer.append(images=images, status=status)
        found[name] = tmp_path / f"{name}.zarr"
    return found


def sheet(stores, path, faces=("a", "b", "c")):
    contact_sheet(stores["crops"], {"blur kernel=11": stores["blur"]}, faces, path, title="Faces of d")
    return path


def test_the_contact_sheet_shows_failed_faces_as_such_and_never_the_original(stores, tmp_path):
    image = read(sheet(stores, tmp_path / "sheet.png"))
    original = (np.abs(image.astype(int) - (250, 0, 250)).max(axis=2) <= 2).sum()
    anonymized = (np.abs(image.astype(int) - (250, 250, 0)).max(axis=2) <= 2).sum()
    assert anonymized == pytest.approx(original * 2 / 3, rel=0.02)


def test_the_contact_sheet_refuses_unknown_faces(stores, tmp_path):
    with pytest.raises(StoreError, match="no row 'z'"):
        sheet(stores, tmp_path / "sheet.png", faces=("a", "z"))


def test_a_warning_is_a_banner(stores, tmp_path):
    color = [int(ALARM[i : i + 2], 16) for i in (5, 3, 1)]
    for warning, shown in ((None, False), ("CONTROLS FAILED", True)):
        path = tmp_path / "sheet.png"
        faces = ["a", "c"]
        contact_sheet(
            stores["crops"], {"blur": stores["blur"]}, faces, path, title="Faces of d", warning=warning
        )
        assert ((np.abs(read(path).astype(int) - color).max(axis=2) <= 2).mean() > 0.01) == shown


def test_a_setting_and_what_an_attacker_makes_of_it_are_rows_of_their_own(stores, tmp_path):
    path, crops, blur = tmp_path / "sheet.png", stores["crops"], stores["blur"]
    labels = ["blur kernel=11", "blur kernel=11, restored", "blur kernel=31", "blur kernel=31, restored"]
    contact_sheet(crops, dict(zip(labels, (blur, crops) * 2, strict=True)), ["a", "c"], path, title="Faces")
    image, rows = read(path), rows_of_sheet(path)
    height, width = image.shape[:2]
    assert [row[0] for row in rows] == ["original", *labels]
    for (_, top, bottom, left, _), color in zip(
        rows, [(250, 0, 250), *((250, 250, 0), (250, 0, 250)) * 2], strict=True
    ):
        pixel = image[round((top + bottom) / 2 * height), round(left * width) + 5]
        assert np.abs(pixel.astype(int) - color).max() <= 2


def test_names_of_rows_are_told_apart():
    labels = ["blur kernel=11", "blur kernel=11, restored", "pixelate block=8", "pixelate block=8, restored"]
    assert list(readable(labels).values()) == [label.replace(", ", "\n") for label in labels]


@pytest.mark.parametrize("sets", [2, 12])
def test_long_names_are_not_cut_off_a_contact_sheet(stores, tmp_path, sets):
    path = tmp_path / "sheet.png"
    labels = [f"cgan_trained lambda_id={place}.0,lambda_expr=1.0" for place in range(sets - 1)]
    every = [*labels, "cgan_trained lambda_id=0.0,lambda_expr=0.0"]
    contact_sheet(
        stores["crops"],
        dict.fromkeys(every, stores["blur"]),
        ["a", "b", "c"] * 4,
        path,
        title="Faces of d",
        captions=["surprise"] * 12,
    )
    assert (margin(path) == 255).all()


def test_the_sheet_says_where_its_rows_are(stores, tmp_path):
    path = sheet(stores, tmp_path / "sheet.png", faces=("a", "c"))
    image, rows = read(path), rows_of_sheet(path)
    height, width = image.shape[:2]
    assert [row[0] for row in rows] == ["original", "blur kernel=11"]
    for (_, top, bottom, left, right), color in zip(rows, ((250, 0, 250), (250, 250, 0)), strict=True):
        part = image[round(top * height) + 1 : round(bottom * height) - 1, round(left * width) + 1 :]
        part = part[:, : round((right - left) * width * 0.4)]
        assert np.abs(part.astype(int) - color).max() <= 2
    cv2.imwrite(str(tmp_path / "other.png"), image)
    assert rows_of_sheet(tmp_path / "other.png") == []
