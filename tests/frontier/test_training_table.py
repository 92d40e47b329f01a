"""`training.csv`: one row for each recipe, kind and tested dataset, with the identity that is exposed."""

import pandas as pd
import pytest
from frontier_samples import CONFIG

from bauta.config.limits import Limits
from bauta.express.training import NUMBERS
from bauta.frontier.assemble import assemble
from bauta.frontier.training_table import COLUMNS, write_training
from bauta.measurement import Measurement


def made(learns, tested="synthfaces", **numbers):
    found = dict.fromkeys(NUMBERS, 0.5) | {"macro_f1_change": None if learns == "real" else -0.1}
    told = {
        "trainings": 2,
        "trained_on": 80,
        "n": 100,
        "chance_macro_f1": 0.14,
        "valid": True,
        "reason": None,
    }
    return {"learns": learns, "tested": tested, **told, **found, "macro_f1_each": [0.45, 0.55], **numbers}


def trained(backend, setting, *rows, dataset="synthfaces", infeasible=None):
    where = {"dataset": dataset, "backend": backend, "setting": setting, "model": "resnet18"}
    return Measurement(
        kind="training", **where, values={}, curves={"rows": list(rows)}, infeasible=infeasible
    )


def written(measured, path, limits=None):
    frontier = assemble(measured, CONFIG, {}, {"synthfaces": limits or Limits()})
    write_training(frontier, measured, path)
    rows = {(row.backend, row.setting): row for row in frontier.datasets[0].rows}
    return pd.read_csv(path), rows


def test_a_row_for_each_kind_and_real_faces_once(measured, tmp_path):
    kinds = [made(kind) for kind in ("real", "anonymized", "mixed")]
    found = [trained("blur", "kernel=31", *kinds), trained("ksame", "k=5", *kinds)]
    table, rows = written([*measured, *found], tmp_path / "training.csv")
    assert list(table) == list(COLUMNS)
    assert set(NUMBERS) <= set(COLUMNS), "a number that is measured has no column"
    assert table[["backend", "setting", "learns"]].to_numpy().tolist() == [
        ["original", "clear", "real"],
        *(["blur", "kernel=31", kind] for kind in ("anonymized", "mixed")),
        *(["ksame", "k=5", kind] for kind in ("anonymized", "mixed")),
    ]
    worst, clear = (rows["blur", "kernel=31"].values[name].value for name in ("worst_top1", "clear_top1"))
    assert worst != clear
    assert table["exposed_top1"].tolist()[:3] == pytest.approx([clear, worst, clear], rel=1e-5)
    assert table["macro_f1_each"][0] == "0.4500 0.5500"
    assert set(table["exposed_on"]) == {"synthfaces"}


@pytest.mark.parametrize("order", [1, -1])
def test_what_real_faces_expose_is_kept_where_one_set_was_not_attacked(measured, tmp_path, order):
    found = [trained("blur", "kernel=31", made("real")), trained("blur", "kernel=99", made("real"))][::order]
    frontier = assemble(measured, CONFIG, {}, {"synthfaces": Limits()})
    write_training(frontier, found, tmp_path / "training.csv")
    table = pd.read_csv(tmp_path / "training.csv")
    clear = frontier.datasets[0].rows[0].values["clear_top1"].value
    assert table["exposed_top1"].tolist() == [pytest.approx(clear, rel=1e-5)]
    assert table["exposed_reason"].isna().all()


def test_what_could_not_be_measured_keeps_its_reason(measured, tmp_path):
    none = dict.fromkeys(NUMBERS)
    lost = made("anonymized", **none, trainings=0, macro_f1_each=[], valid=None, reason="no face is left")
    found = [
        trained("blur", "kernel=31", made("real"), lost),
        trained("ksame", "k=5", infeasible="no people"),
    ]
    table, _ = written([*measured, *found], tmp_path / "training.csv")
    assert table["reason"].tolist()[1:] == ["no face is left", "no people"]
    assert table.loc[1, ["macro_f1", "macro_f1_each", "valid"]].isna().all()


def test_without_trainings_there_is_a_header_alone(measured, tmp_path):
    table, _ = written(measured, tmp_path / "training.csv")
    assert table.empty
    assert list(table) == list(COLUMNS)
