import pytest

from bauta.datasets import ADAPTERS
from bauta.datasets.age_groups import AGE_GROUPS, age_group
from bauta.datasets.agedb import person_of
from bauta.errors import DataError


def test_names_tell_person_age_and_gender(tmp_path, draw, reasons):
    names = ("0_MariaCallas_35_f", "1_MariaCallas_70_f", "10_J.R.R._Tolkien_9_m", "2_Nobody_f", "3_X_1000_m")
    for name in names:
        draw(tmp_path / "AgeDB" / f"{name}.jpg")
    found = ADAPTERS.load("agedb")(tmp_path)
    assert [(record.image_id, record.subject, record.attributes) for record in found.records] == [
        ("0_MariaCallas_35_f", "MariaCallas", (("age", "30-39"), ("gender", "female"))),
        ("1_MariaCallas_70_f", "MariaCallas", (("age", "70+"), ("gender", "female"))),
        ("10_J.R.R._Tolkien_9_m", "J.R.R._Tolkien", (("age", "3-9"), ("gender", "male"))),
    ]
    assert found.records[0].path == "AgeDB/0_MariaCallas_35_f.jpg"
    assert set(reasons(found)) == {"AgeDB/2_Nobody_f.jpg", "AgeDB/3_X_1000_m.jpg"}


def test_the_images_of_the_protocols_have_other_names(tmp_path, draw):
    draw(tmp_path / "03_Protocol_Images/MariaCallas_35_f_0_1.jpg")
    (record,) = ADAPTERS.load("agedb")(tmp_path / "03_Protocol_Images").records
    assert (record.image_id, record.subject) == ("MariaCallas_35_f_0_1", "MariaCallas")
    assert record.attributes == ()
    assert person_of("Maria_35_f") is None


@pytest.mark.parametrize(
    ("years", "group"),
    [(0, "0-2"), (2, "0-2"), (3, "3-9"), (9, "3-9"), (10, "10-19"), (69, "60-69"), (101, "70+")],
)
def test_ages_fall_into_the_groups_of_fairface(years, group):
    assert age_group(years) == group
    assert len(AGE_GROUPS) == 9


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        ADAPTERS.load("agedb")(tmp_path / "absent")
