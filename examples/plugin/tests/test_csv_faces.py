import cv2
import numpy as np
import pytest
from bauta_example.csv_faces import CsvFaces, list_csv_faces

from bauta.errors import DataError
from bauta.testing.dataset_contract import CHECKS, DatasetCase


@pytest.fixture
def root(tmp_path):
    rows = ["file,subject,expression"]
    for number, word in enumerate(("happy", "anger", "neutral")):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
        rows.append(f"{number}.png,s{number % 2},{word}")
    (tmp_path / "faces.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "notes.txt").write_text("taken in 1999")
    return tmp_path


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_contract(root, check):
    check(DatasetCase(CsvFaces(adapter="bauta_example.csv_faces:list_csv_faces", root=str(root))))


def test_the_table_says_who_and_what_is_shown(root):
    listing = list_csv_faces(root)
    assert [(r.subject, r.expression) for r in listing.records] == [
        ("s0", "happy"),
        ("s1", "angry"),
        ("s0", "neutral"),
    ]
    assert listing.ignored == ("notes.txt",)


def test_an_unknown_word_is_refused(root):
    (root / "faces.csv").write_text("file,subject,expression\n0.png,s0,smirk\n")
    with pytest.raises(DataError, match="smirk"):
        list_csv_faces(root)
