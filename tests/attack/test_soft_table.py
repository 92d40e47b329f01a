"""`soft.csv`: one row for each number, with nulls as empty cells."""

import pandas as pd

from bauta.attack.soft_table import COLUMNS, write_soft
from bauta.measurement import Measurement

PLACE = {"dataset": "d", "backend": "blur", "setting": "kernel=31", "model": "dlib_resnet", "values": {}}
ROW = {
    "attribute": "gender",
    "group": None,
    "reader": "fixed",
    "faces": "clear",
    "metric": "accuracy",
    "value": 0.75,
    "low": 0.5,
    "high": 1.0,
    "n": 8,
    "reason": None,
}
MISSING = {
    **ROW,
    "attribute": "=1+1",
    "group": "old",
    "value": None,
    "low": None,
    "high": None,
    "reason": "few",
}


def test_a_row_for_each_number(tmp_path):
    soft = Measurement(kind="soft", **PLACE, curves={"attributes": [ROW, MISSING]})
    attack = Measurement(kind="attack", **PLACE, curves={"attributes": [ROW]})
    write_soft([attack, soft], tmp_path / "soft.csv")
    table = pd.read_csv(tmp_path / "soft.csv", dtype={"n": "Int64"})
    assert list(table) == list(COLUMNS)
    assert list(table["attribute"]) == ["gender", "'=1+1"]
    assert table.loc[0, ["recognizer", "value", "n"]].tolist() == ["dlib_resnet", 0.75, 8]
    assert pd.isna(table.loc[0, "group"])
    assert table.loc[1, ["group", "reason"]].tolist() == ["old", "few"]
    assert table.loc[1, ["value", "low", "high"]].isna().all()


def test_without_attributes_there_is_a_header_alone(tmp_path):
    write_soft([Measurement(kind="attack", **PLACE)], tmp_path / "soft.csv")
    assert (tmp_path / "soft.csv").read_text().strip() == ",".join(COLUMNS)
