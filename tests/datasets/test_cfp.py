import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError


@pytest.mark.parametrize("place", ["", "cfp-dataset/"])
def test_people_from_the_front_and_in_profile(tmp_path, draw, reasons, place):
    for name in (
        "001/frontal/01",
        "001/frontal/10",
        "001/profile/02",
        "500/profile/04",
        "001/back/01",
        "2/frontal/01",
    ):
        draw(tmp_path / f"{place}Data/Images/{name}.jpg")
    (tmp_path / f"{place}Data/Images/001/frontal/01.txt").write_text("1,2\n")
    found = ADAPTERS.load("cfp")(tmp_path)
    assert [(record.image_id, record.subject) for record in found.records] == [
        ("001/frontal/01", "001"),
        ("001/frontal/10", "001"),
        ("001/profile/02", "001"),
        ("500/profile/04", "500"),
    ]
    assert found.records[0].path == f"{place}Data/Images/001/frontal/01.jpg"
    assert set(reasons(found)) == {
        f"{place}Data/Images/{name}.jpg" for name in ("001/back/01", "2/frontal/01")
    }
    assert f"{place}Data/Images/001/frontal/01.txt" in found.ignored


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"expected Data/Images or cfp-dataset/Data/Images below .*, got neither"
    ):
        ADAPTERS.load("cfp")(tmp_path)
