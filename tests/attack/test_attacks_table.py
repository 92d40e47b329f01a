"""`attacks.csv`: one row for each attack, with nulls as empty cells."""

import pandas as pd

from bauta.attack.table import COLUMNS, write_attacks
from bauta.measurement import Measurement, Value

PLACE = {"dataset": "d", "backend": "blur", "setting": "kernel=31", "model": "m"}
ATTACK = {
    "view": "restored",
    "matcher": "embedding_discriminant",
    "protocol": "naive",
    "recognizer": "mixed",
    "pooling": "pooled",
    "jpeg": 90,
    "parts": [],
    "counts": True,
    "choosing": 0.5,
    **Value(value=0.25, low=0.1, high=0.4, n=8).model_dump(),
}


def test_every_attack_is_a_row_and_other_measurements_are_none(tmp_path):
    fixed = {
        "naive_auc": Value(value=0.75, low=0.5, high=1.0, n=20),
        "clear_top1": Value(value=1.0, n=4),
        "parrot_tar_at_far_1e-2": Value.missing("too few people"),
        "cosine_distance": Value(value=0.5),
    }
    write_attacks(
        [
            Measurement(kind="suite", **{**PLACE, "model": None}, values={}, curves={"attacks": [ATTACK]}),
            Measurement(kind="attack", **PLACE, values=fixed),
            Measurement(kind="audit", **{**PLACE, "model": None}, values={"leaks_pixels": Value(value=0.0)}),
        ],
        tmp_path / "attacks.csv",
    )
    table = pd.read_csv(tmp_path / "attacks.csv")
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 4
    suite, *others = table.to_dict("records")
    assert (suite["view"], suite["pooling"], suite["jpeg"], suite["metric"]) == (
        "restored",
        "pooled",
        90,
        "top1",
    )
    assert (suite["value"], suite["low"], suite["high"], suite["n"]) == (0.25, 0.1, 0.4, 8)
    assert suite["counts"]
    assert [row["recognizer"] for row in (suite, *others)] == ["mixed", "m", "m", "m"]
    assert {(row["protocol"], row["metric"]) for row in others} == {
        ("naive", "auc"),
        ("clear", "top1"),
        ("parrot", "tar_at_far_1e-2"),
    }
    missing = next(row for row in others if row["protocol"] == "parrot")
    assert pd.isna(missing["value"])
    assert missing["reason"] == "too few people"


def test_a_run_without_attacks_has_an_empty_table(tmp_path):
    write_attacks([], tmp_path / "attacks.csv")
    assert (tmp_path / "attacks.csv").read_text().strip() == ",".join(COLUMNS)
