import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

CODES = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")


def test_labels_and_the_official_split(tmp_path, draw, write):
    rows = [f"train_{code:05d}.jpg {code}" for code in range(1, 8)] + ["test_0001.jpg 4"]
    write(tmp_path / "EmoLabel/list_patition_label.txt", "\n".join(rows) + "\n")
    for row in rows:
        draw(tmp_path / f"Image/aligned/{row.split('.')[0]}_aligned.jpg")
    draw(tmp_path / "Image/original/train_00001.jpg")
    found = ADAPTERS.load("rafdb")(tmp_path)
    assert tuple(record.expression for record in found.records[:7]) == CODES
    assert [record.official_split for record in found.records] == ["train"] * 7 + ["test"]
    assert found.records[0].image_id == "train_00001"
    assert found.records[0].path == "Image/aligned/train_00001_aligned.jpg"
    assert not found.problems
    assert not found.ignored


def test_broken_rows_are_counted(tmp_path, draw, write, reasons):
    rows = [
        "train_00001.jpg 5",
        "train_00005.jpg",
        "train_00006.jpg 3",
        "train_00001.jpg 4",
        "../train_00007.jpg 4",
        "train_/../../secret.jpg 4",
        "valid_00008.jpg 4",
    ]
    good = [f"test_{number:04d}.jpg 4" for number in range(60)]
    write(tmp_path / "EmoLabel/list_patition_label.txt", "\n".join([*rows, *good]))
    for name in ("train_00001", "train_00005", *(row.split(".")[0] for row in good)):
        draw(tmp_path / f"Image/aligned/{name}_aligned.jpg")
    found = ADAPTERS.load("rafdb")(tmp_path)
    assert [(record.image_id, record.expression) for record in found.records[:2]] == [
        ("train_00001", "sad"),
        ("test_0000", "happy"),
    ]
    assert len(found.records) == 61
    problems = [reasons(found)[f"EmoLabel/list_patition_label.txt, line {line}"] for line in range(2, 8)]
    expected = ["file and a label", "no image", "listed already", "inside", "begins", "begins"]
    for problem, text in zip(problems, expected, strict=True):
        assert text in problem
    assert found.ignored == ("Image/aligned/train_00005_aligned.jpg",)


@pytest.mark.parametrize("code", ["8", "0", "smiling"])
def test_a_label_that_nobody_knows_stops(tmp_path, draw, write, code):
    rows = [f"train_{number:05d}.jpg 4" for number in range(30)]
    write(tmp_path / "EmoLabel/list_patition_label.txt", "\n".join([*rows, f"train_00030.jpg {code}"]))
    for number in range(31):
        draw(tmp_path / f"Image/aligned/train_{number:05d}_aligned.jpg")
    with pytest.raises(
        DataError, match=rf"unknown expressions: 1 × '{code}'; accepted are 1, 2, 3, 4, 5, 6, 7"
    ):
        ADAPTERS.load("rafdb")(tmp_path)


def test_missing_labels_are_refused(tmp_path):
    with pytest.raises(DataError, match="list_patition_label"):
        ADAPTERS.load("rafdb")(tmp_path)
