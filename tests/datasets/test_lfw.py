import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError


def test_ids_are_those_of_the_pairs(tmp_path, draw, reasons):
    for name in ("Abel_Pacheco/Abel_Pacheco_0001.jpg", "Abel_Pacheco/Abel_Pacheco_0004.jpg"):
        draw(tmp_path / name)
    draw(tmp_path / "Al_Gore/Al_Gore_0002.jpg")
    draw(tmp_path / "Al_Gore/Abel_Pacheco_0002.jpg")
    draw(tmp_path / "Al_Gore/Al_Gore_2.jpg")
    draw(tmp_path / "Al_Gore/deep/Al_Gore_0003.jpg")
    draw(tmp_path / "loose_0001.jpg")
    (tmp_path / "pairs.txt").write_text("10\t300\n")
    found = ADAPTERS.load("lfw")(tmp_path)
    assert [(record.image_id, record.subject) for record in found.records] == [
        ("Abel_Pacheco_0001", "Abel_Pacheco"),
        ("Abel_Pacheco_0004", "Abel_Pacheco"),
        ("Al_Gore_0002", "Al_Gore"),
    ]
    assert {record.official_split for record in found.records} == {None}
    assert set(reasons(found)) == {
        "Al_Gore/Abel_Pacheco_0002.jpg",
        "Al_Gore/Al_Gore_2.jpg",
        "Al_Gore/deep/Al_Gore_0003.jpg",
        "loose_0001.jpg",
    }
    assert "pairs.txt" in found.ignored


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        ADAPTERS.load("lfw")(tmp_path / "absent")
