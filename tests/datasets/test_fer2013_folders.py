import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError


def test_folders_are_parts_and_expressions(tmp_path, draw, reasons):
    for name in ("train/happy/a.jpg", "train/sad/b.jpg", "validation/fear/c.jpg", "test/angry/d.jpg"):
        draw(tmp_path / name)
    for number in range(20):
        draw(tmp_path / f"train/neutral/{number}.jpg")
    draw(tmp_path / "train/g.jpg")
    draw(tmp_path / "train/happy/more/h.jpg")
    (tmp_path / "train/happy/notes.txt").write_text("smiles")
    found = ADAPTERS.load("fer2013_folders")(tmp_path)
    assert {
        (record.path, record.expression, record.official_split)
        for record in found.records
        if record.expression != "neutral"
    } == {
        ("train/happy/a.jpg", "happy", "train"),
        ("train/sad/b.jpg", "sad", "train"),
        ("validation/fear/c.jpg", "fear", "dev"),
        ("test/angry/d.jpg", "angry", "test"),
    }
    problems = reasons(found)
    assert set(problems) == {"train/g.jpg", "train/happy/more/h.jpg"}
    assert "<part>/<class>/<image>" in problems["train/g.jpg"]
    assert set(found.ignored) == {*problems, "train/happy/notes.txt"}


def test_another_folder_is_refused(tmp_path, draw):
    draw(tmp_path / "s1/1.png")
    for root in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError, match="expected folders such as train/happy"):
            ADAPTERS.load("fer2013_folders")(root)
