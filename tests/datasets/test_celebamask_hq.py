import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

MAPPING = """idx     orig_idx    orig_file
0           119613        119614.jpg
1           99094         099095.jpg
2           200120        200121.jpg
3           81059         081060.jpg
4           5             000006.jpg
0           5             119614.jpg
x           5             119614.jpg
5           119613
"""


def make(root, draw, write):
    for number in (0, 1, 2, 3, 7):
        draw(root / f"CelebA-HQ-img/{number}.jpg")
    draw(root / "CelebAMask-HQ-mask-anno/0/00000_skin.png")
    write(root / "CelebA-HQ-to-CelebA-mapping.txt", MAPPING)
    write(
        root / "identity_CelebA.txt",
        "119614.jpg 27\n099095.jpg 8\n200121.jpg 27\n000006.jpg 9\n",
    )


def test_identities_are_joined_through_the_mapping(tmp_path, draw, write, reasons):
    make(tmp_path, draw, write)
    found = ADAPTERS.load("celebamask_hq")(tmp_path)
    assert [(r.image_id, r.path, r.subject, r.official_split) for r in found.records] == [
        ("0", "CelebA-HQ-img/0.jpg", "27", None),
        ("1", "CelebA-HQ-img/1.jpg", "8", None),
        ("2", "CelebA-HQ-img/2.jpg", "27", None),
    ]
    problems = reasons(found)
    where = "CelebA-HQ-to-CelebA-mapping.txt, line {}"
    assert "identities have no '081060.jpg'" in problems.pop(where.format(5))
    assert "no image" in problems.pop(where.format(6))
    assert "listed already" in problems.pop(where.format(7))
    assert "expected a number" in problems.pop(where.format(8))
    assert "expected a number" in problems.pop(where.format(9))
    assert not problems
    assert found.ignored == ("CelebA-HQ-img/3.jpg", "CelebA-HQ-img/7.jpg")


def test_the_split_of_celeba_is_joined_where_it_is_there(tmp_path, draw, write):
    make(tmp_path, draw, write)
    write(tmp_path / "list_eval_partition.txt", "119614.jpg 0\n099095.jpg 2\n200121.jpg 0\n")
    found = ADAPTERS.load("celebamask_hq")(tmp_path)
    assert [record.official_split for record in found.records] == ["train", "test", "train"]


@pytest.mark.parametrize("lost", ["identity_CelebA.txt", "CelebA-HQ-to-CelebA-mapping.txt", "CelebA-HQ-img"])
def test_what_is_missing_is_named(tmp_path, draw, write, lost):
    make(tmp_path, draw, write)
    (tmp_path / lost).rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=lost):
        ADAPTERS.load("celebamask_hq")(tmp_path)
