import pytest

from bauta.datasets import ADAPTERS
from bauta.datasets.xqlfw import FOLDERS
from bauta.errors import DataError


@pytest.mark.parametrize("folders", [[""], [FOLDERS[0]], [FOLDERS[1]], list(FOLDERS)])
def test_ids_are_those_of_lfw(tmp_path, draw, reasons, folders):
    for folder in folders:
        draw(tmp_path / folder / "Al_Gore/Al_Gore_0002.jpg")
        draw(tmp_path / folder / "Al_Gore/Abel_Pacheco_0002.jpg")
    (tmp_path / "xqlfw_pairs.txt").write_text("10\t300\n")
    found = ADAPTERS.load("xqlfw")(tmp_path)
    (record,) = found.records
    assert (record.image_id, record.subject) == ("Al_Gore_0002", "Al_Gore")
    used = f"{folders[0]}/" if folders[0] else ""
    assert record.path == f"{used}Al_Gore/Al_Gore_0002.jpg"
    assert set(reasons(found)) == {f"{used}Al_Gore/Abel_Pacheco_0002.jpg"}
    others = [f"{folder}/Al_Gore/Al_Gore_0002.jpg" for folder in folders[1:]]
    assert set(others) <= set(found.ignored)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        ADAPTERS.load("xqlfw")(tmp_path / "absent")
