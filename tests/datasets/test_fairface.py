import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

HEADER = "file,age,gender,race,service_test\n"
TRAIN = (
    f"{HEADER}train/1.jpg,50-59,Male,East Asian,True\ntrain/2.jpg,more than 70,Female,Latino_Hispanic,False\n"
)
VAL = f"{HEADER}val/1.jpg,3-9,Female,Middle Eastern,False\n"


@pytest.mark.parametrize(
    "folder", ["", "fairface-img-margin025-trainval/", "fairface-img-margin125-trainval/"]
)
def test_attributes_and_the_official_split(tmp_path, draw, write, folder):
    write(tmp_path / "fairface_label_train.csv", TRAIN)
    write(tmp_path / "fairface_label_val.csv", VAL)
    for name in ("train/1", "train/2", "val/1", "val/2"):
        draw(tmp_path / f"{folder}{name}.jpg")
    found = ADAPTERS.load("fairface")(tmp_path)
    assert [(r.image_id, r.path, r.official_split, dict(r.attributes)) for r in found.records] == [
        (
            "train/1.jpg",
            f"{folder}train/1.jpg",
            "train",
            {"age": "50-59", "gender": "male", "race": "east_asian"},
        ),
        (
            "train/2.jpg",
            f"{folder}train/2.jpg",
            "train",
            {"age": "70+", "gender": "female", "race": "latino_hispanic"},
        ),
        (
            "val/1.jpg",
            f"{folder}val/1.jpg",
            "test",
            {"age": "3-9", "gender": "female", "race": "middle_eastern"},
        ),
    ]
    assert {record.subject for record in found.records} == {None}
    assert found.ignored == (f"{folder}val/2.jpg",)
    assert not found.problems


def test_broken_rows_and_unknown_classes_are_reported(tmp_path, draw, write, reasons):
    rows = "train/1.jpg,50-58,Male,East Asian,True\ntrain/2.jpg,3-9,Male\n../x.jpg,3-9,Male,White,True\n"
    write(tmp_path / "fairface_label_train.csv", HEADER + rows + "train/9.jpg,3-9,Male,White,True\n")
    draw(tmp_path / "train/1.jpg")
    found = ADAPTERS.load("fairface")(tmp_path)
    (record,) = found.records
    assert dict(record.attributes) == {"gender": "male", "race": "east_asian"}
    problems = reasons(found)
    expected = {2: "expected age to be one of", 3: "expected 5 columns", 4: "inside", 5: "no image"}
    for line, text in expected.items():
        assert text in problems[f"fairface_label_train.csv, line {line}"]


def test_labels_and_images_are_needed(tmp_path, draw, write):
    with pytest.raises(DataError, match="got no labels"):
        ADAPTERS.load("fairface")(tmp_path)
    write(tmp_path / "fairface_label_train.csv", TRAIN)
    with pytest.raises(DataError, match="got no images"):
        ADAPTERS.load("fairface")(tmp_path)
