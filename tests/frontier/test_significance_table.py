"""`significance.csv`: one row for each test, with the teachers that judge both sets."""

import pandas as pd
from frontier_samples import CONFIG

from bauta.config.limits import Limits
from bauta.frontier.assemble import assemble
from bauta.frontier.significance_table import COLUMNS, write_significance
from bauta.measurement import Measurement

NUMBERS = {
    **{"distance": 0.2, "other_distance": 0.3, "difference": -0.1, "low": -0.15, "high": -0.05},
    **{"statistic": 3.0, "z": -2.5, "p": 1e-12, "p_bonferroni": 7e-12, "tests": 7},
    **{"rank_biserial": -0.5, "r": -0.25, "n": 100, "reason": None},
}


def made(other="pixelate", setting="block=8", **numbers):
    place = {"backend": "blur", "setting": "kernel=31", "other_backend": other, "other_setting": setting}
    return {**place, "expression": "happy", **NUMBERS, **numbers}


def compared(*tests, dataset="synthfaces"):
    where = {"dataset": dataset, "backend": "original", "setting": "clear", "model": "resnet18"}
    return Measurement(kind="significance", **where, values={}, curves={"tests": list(tests)})


def written(measured, path, limits=None):
    frontier = assemble(measured, CONFIG, {}, {"synthfaces": limits or Limits()})
    write_significance(frontier, measured, path)
    return pd.read_csv(path, dtype={"n": "Int64", "tests": "Int64"})


def test_a_row_for_each_test(measured, tmp_path):
    missing = {**dict.fromkeys(NUMBERS), "tests": 7, "n": 0, "reason": "no face"}
    one = compared(made(), made(other="ksame", setting="k=5", **missing))
    table = written([*measured, one], tmp_path / "significance.csv")
    assert list(table) == list(COLUMNS)
    assert table.loc[0, ["dataset", "teacher", "backend", "other_setting"]].tolist() == [
        *("synthfaces", "resnet18", "blur", "block=8"),
    ]
    assert table.loc[0, "p"] == 1e-12
    assert table["judges"].all()
    assert table.loc[1, ["reason", "n"]].tolist() == ["no face", 0]
    assert table.loc[1, ["p", "difference", "r"]].isna().all()


def test_a_teacher_with_a_part_in_one_of_the_sets_does_not_judge(measured, tmp_path):
    taught = Limits(taught={"pixelate": {"block=8": ("resnet18",)}})
    one = compared(made(), made(other="ksame", setting="k=5"))
    table = written([*measured, one], tmp_path / "significance.csv", taught)
    assert table["judges"].tolist() == [False, True]


def test_without_a_comparison_there_is_a_header_alone(measured, tmp_path):
    assert written(measured, tmp_path / "significance.csv").empty
