import numpy as np
import pytest

from bauta.config.load import parse_config
from bauta.datasets import ADAPTERS
from bauta.errors import DataError
from bauta.workflow.rule_inputs import rule_inputs

LANDMARKS = """3
lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y
000001.jpg 69  109  106  113   77  142   73  152  108  154
000002.jpg 69  110  107  112   81  135   70  151
"""


def make(root, draw, write, *, official=False):
    anno, evaluation, images = ("Anno/", "Eval/", "Img/") if official else ("", "", "")
    for number in range(1, 5):
        draw(root / f"{images}img_align_celeba/{number:06d}.jpg")
    write(
        root / f"{anno}identity_CelebA.txt",
        "000001.jpg 2880\n000002.jpg 2937\n000003.jpg 2880\n000009.jpg 1\n../x.jpg 4\n000001.jpg 5\n"
        "000004.jpg\n000004.jpg nobody\n000008.jpg 3\n",
    )
    write(
        root / f"{evaluation}list_eval_partition.txt",
        "000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n000004.jpg 3\n000009.jpg 0\n../x.jpg 0\n000001.jpg 2\n",
    )
    write(root / f"{anno}list_landmarks_align_celeba.txt", LANDMARKS)


@pytest.mark.parametrize("official", [False, True])
def test_identities_split_and_points(tmp_path, draw, write, reasons, official):
    make(tmp_path, draw, write, official=official)
    found = ADAPTERS.load("celeba")(tmp_path)
    assert [(r.image_id, r.subject, r.official_split, r.expression) for r in found.records] == [
        ("000001.jpg", "2880", "train", None),
        ("000002.jpg", "2937", "dev", None),
        ("000003.jpg", "2880", "test", None),
    ]
    assert found.records[0].points == (((69, 109), (106, 113), (77, 142), (73, 152), (108, 154)),)
    assert np.isnan(found.records[0].boxes).all()
    assert found.records[1].points is None
    problems = reasons(found)
    for line, text in {
        4: "no image",
        5: "inside",
        6: "already",
        7: "2 columns",
        8: "number",
        9: "no part",
    }.items():
        assert text in problems.pop(f"identity_CelebA.txt, line {line}")
    assert "unknown part '3'" in problems.pop("list_eval_partition.txt, line 4")
    assert "already" in problems.pop("list_eval_partition.txt, line 7")
    assert "11 columns" in problems.pop("list_landmarks_align_celeba.txt, line 4")
    assert not problems
    assert [name.rpartition("/")[2] for name in found.ignored] == ["000004.jpg"]


@pytest.mark.parametrize("lost", ["list_eval_partition.txt", "img_align_celeba"])
def test_what_is_missing_is_named(tmp_path, draw, write, lost):
    make(tmp_path, draw, write)
    (tmp_path / lost).rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=lost):
        ADAPTERS.load("celeba")(tmp_path)


KAGGLE_LANDMARKS = """image_id,lefteye_x,lefteye_y,righteye_x,righteye_y,nose_x,nose_y,\
leftmouth_x,leftmouth_y,rightmouth_x,rightmouth_y
000001.jpg,69,109,106,113,77,142,73,152,108,154
000002.jpg,69,110,107,112,81,135,70,151,108
"""


def kaggle(root, draw, write, *, doubled=True):
    folder = "img_align_celeba/img_align_celeba" if doubled else "img_align_celeba"
    for number in range(1, 4):
        draw(root / folder / f"{number:06d}.jpg")
    write(root / "list_eval_partition.csv", "image_id,partition\n000001.jpg,0\n000002.jpg,1\n000003.jpg,2\n")
    write(root / "list_landmarks_align_celeba.csv", KAGGLE_LANDMARKS)
    write(root / "list_attr_celeba.csv", "image_id,Smiling\n000001.jpg,1\n")
    return folder


@pytest.mark.parametrize("doubled", [True, False])
def test_kaggles_packing(tmp_path, draw, write, reasons, caplog, doubled):
    caplog.set_level("INFO")
    folder = kaggle(tmp_path, draw, write, doubled=doubled)
    found = ADAPTERS.load("celeba")(tmp_path)
    assert [(r.image_id, r.path, r.subject, r.official_split) for r in found.records] == [
        (f"{number:06d}.jpg", f"{folder}/{number:06d}.jpg", None, part)
        for number, part in enumerate(("train", "dev", "test"), 1)
    ]
    assert found.records[0].points == (((69, 109), (106, 113), (77, 142), (73, 152), (108, 154)),)
    assert set(reasons(found)) == {"list_landmarks_align_celeba.csv, line 3"}
    assert not found.ignored
    assert f"layout: images in {folder}" in caplog.text
    assert "list_eval_partition.csv" in caplog.text
    assert "no identity_CelebA.txt, so no identities are known" in caplog.text


def test_kaggles_packing_with_the_identities_beside_it(tmp_path, draw, write):
    kaggle(tmp_path, draw, write)
    write(tmp_path / "identity_CelebA.txt", "000001.jpg 5\n000003.jpg 5\n")
    found = ADAPTERS.load("celeba")(tmp_path)
    assert [(r.image_id, r.subject) for r in found.records] == [("000001.jpg", "5"), ("000003.jpg", "5")]


def test_the_plan_attacks_nobody_where_there_are_no_identities(tmp_path, draw, write, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    values = {"datasets": {"celeba": {"adapter": "celeba", "root": str(tmp_path)}}}
    assert parse_config(values).datasets["celeba"].identities is None, "an empty folder tells nothing"
    kaggle(tmp_path, draw, write)
    assert "put identity_CelebA.txt" in parse_config(values).datasets["celeba"].identities
    kinds = {
        path.parts[4].partition("-")[0] for path in rule_inputs(parse_config(values)).plan.all_measurements()
    }
    assert "coverage" in kinds
    assert not {"attack", "adapt"} & kinds
    write(tmp_path / "Anno/identity_CelebA.txt", "000001.jpg 5\n")
    assert parse_config(values).datasets["celeba"].identities is None
