import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ADAPTERS
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.manifest import write_manifest


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
        (line(9, 7), "unknown label '7'"),
        (line(9, "happy"), "unknown label 'happy'"),
        (line(9, 0, "Test"), "unknown usage 'Test'"),
        ("0,1 2 3", "expected 3 columns, got 2"),
        ('"0,1 2 3,Training', "not a row of a CSV file"),
    ],
)
def test_a_broken_row_is_counted_and_the_next_keeps_its_number(tmp_path, reasons, broken, reason):
    found = listing(tmp_path, [line(0), broken, line(2, 3)])
    assert [record.image_id for record in found.records] == ["00000", "00002"]
    assert [record.expression for record in found.records] == ["angry", "happy"]
    assert reason in reasons(found)["fer2013.csv, line 3"]


def test_a_file_that_is_missing_or_another_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected fer2013\.csv"):
        ADAPTERS.load("fer2013")(tmp_path, images=tmp_path / "images")
    (tmp_path / "fer2013.csv").write_text("emotion,pixels\n0,1\n")
    with pytest.raises(DataError, match="expected the columns emotion, pixels, Usage"):
        ADAPTERS.load("fer2013")(tmp_path, images=tmp_path / "images")
