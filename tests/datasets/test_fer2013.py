import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ADAPTERS
from bauta.datasets.manifest import write_manifest
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS


def pixels(row):
    return np.random.default_rng(row).integers(0, 256, 48 * 48)


def line(row, emotion=0, usage="Training"):
    return f"{emotion},{' '.join(map(str, pixels(row)))},{usage}"


def listing(tmp_path, lines):
    (tmp_path / "fer").mkdir()
    (tmp_path / "fer" / "fer2013.csv").write_text("emotion,pixels,Usage\n" + "\n".join(lines) + "\n")
    return ADAPTERS.load("fer2013")(tmp_path / "fer", images=tmp_path / "images")


def test_rows_become_images_with_labels_and_the_official_split(tmp_path):
    usages = ["Training"] * 5 + ["PublicTest", "PrivateTest"]
    found = listing(tmp_path, [line(row, row, usage) for row, usage in enumerate(usages)])
    assert [record.expression for record in found.records] == list(EXPRESSIONS)
    assert [record.official_split for record in found.records] == ["train"] * 5 + ["dev", "test"]
    assert [record.image_id for record in found.records] == [f"{row:05d}" for row in range(7)]
    assert {record.subject for record in found.records} == {None}
    assert not found.problems
    for row, record in enumerate(found.records):
        with Image.open(tmp_path / "images" / record.path) as image:
            np.testing.assert_array_equal(np.asarray(image).ravel(), pixels(row))
    manifest = write_manifest(found, tmp_path / "images", tmp_path / "manifest.parquet")
    assert set(manifest["status"].to_pylist()) == {"ok"}
    assert set(manifest["width"].to_pylist()) == {48}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("0,1 2 3,Training", "expected 2304 pixels, got 3"),
        ("0,,Training", "expected 2304 pixels, got 0"),
        (line(9).replace(" ", " x", 1), "expected whole numbers"),
        (f"0,{' '.join(['256'] * 2304)},Training", "expected pixels from 0 to 255, got 256"),
        (f"0,{' '.join(['-1'] * 2304)},Training", "expected pixels from 0 to 255, got -1"),
        (f"0,{' '.join(['9' * 30] * 2304)},Training", "expected whole numbers"),
        (line(9, 0, "Test"), "unknown usage 'Test'"),
        ("0,1 2 3", "expected 3 columns, got 2"),
        ('"0,1 2 3,Training', "not a row of a CSV file"),
    ],
)
def test_a_broken_row_is_counted_and_the_next_keeps_its_number(tmp_path, reasons, broken, reason):
    found = listing(tmp_path, [line(0), broken, *(line(row, 3) for row in range(2, 10))])
    assert [record.image_id for record in found.records[:2]] == ["00000", "00002"]
    assert [record.expression for record in found.records] == ["angry", *["happy"] * 8]
    assert reason in reasons(found)["fer2013.csv, line 3"]


def test_a_file_that_is_missing_or_another_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected fer2013\.csv"):
        ADAPTERS.load("fer2013")(tmp_path, images=tmp_path / "images")
    (tmp_path / "fer2013.csv").write_text("emotion,pixels\n0,1\n")
    with pytest.raises(DataError, match="expected the columns emotion, pixels, Usage"):
        ADAPTERS.load("fer2013")(tmp_path, images=tmp_path / "images")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("icml_face_data.csv", "emotion, Usage, pixels"),
        ("icml_face_data.csv", "emotion,Usage,pixels"),
        ("fer2013/fer2013.csv", "emotion,pixels,Usage"),
        ("fer2013.csv", "Emotion,PIXELS , usage"),
    ],
)
def test_other_packings(tmp_path, caplog, name, header):
    caplog.set_level("INFO")
    cells = {"emotion": "{}", "usage": "PublicTest", "pixels": " ".join(map(str, pixels(1)))}
    row = ",".join(cells[column.strip().lower()] for column in header.split(","))
    path = tmp_path / "fer" / name
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([header, *(row.format(code) for code in range(7))]) + "\n")
    found = ADAPTERS.load("fer2013")(tmp_path / "fer", images=tmp_path / "images")
    assert [record.expression for record in found.records] == list(EXPRESSIONS)
    assert {record.official_split for record in found.records} == {"dev"}
    assert f"layout: pixels in {path}" in caplog.text


@pytest.mark.parametrize("code", [7, "smile"])
def test_a_label_that_nobody_knows_stops(tmp_path, code):
    with pytest.raises(
        DataError, match=rf"fer2013.csv: unknown expressions: 1 × '{code}'; accepted are 0, 1, 2"
    ):
        listing(tmp_path, [line(0, code), *(line(row, 3) for row in range(20))])


def test_words_in_place_of_codes_are_read(tmp_path):
    found = listing(tmp_path, [line(0, "Happiness"), line(1, "3.0"), line(2, "fearful")])
    assert [record.expression for record in found.records] == ["happy", "happy", "fear"]


def test_a_file_of_which_a_tenth_is_broken_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"8 of 10 labelled rows can be used.*fer2013.csv, line 2: expected 2304"
    ):
        listing(tmp_path, ["0,1 2,Training"] * 2 + [line(row) for row in range(8)])
