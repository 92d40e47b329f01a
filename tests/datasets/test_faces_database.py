import json
import os

import pytest

from bauta.datasets import ADAPTERS
from bauta.datasets.manifest import write_manifest
from bauta.errors import DataError


def test_names_say_what_is_shown(tmp_path, draw, reasons):
    letters = {"a": "angry", "d": "disgust", "f": "fear", "h": "happy", "n": "neutral", "s": "sad"}
    for letter in letters:
        draw(tmp_path / f"004_o_m_{letter}_a.jpg")
    draw(tmp_path / "young/140_y_f_h_b.jpg")
    for person in range(150, 162):
        draw(tmp_path / f"{person}_y_f_h_b.jpg")
    draw(tmp_path / "portrait.jpg")
    draw(tmp_path / "copy/004_o_m_a_a.jpg")
    (tmp_path / "readme.txt").write_text("terms of use")
    found = ADAPTERS.load("faces")(tmp_path)
    records = {record.image_id: record for record in found.records}
    for letter, name in letters.items():
        assert records[f"004_o_m_{letter}_a"].expression == name
        assert records[f"004_o_m_{letter}_a"].subject == "004"
    assert records["140_y_f_h_b"].subject == "140"
    assert len(records) == 19
    problems = reasons(found)
    assert "expected a name" in problems["portrait.jpg"]
    assert "listed already" in problems["copy/004_o_m_a_a.jpg"]
    assert set(found.ignored) == {*problems, "readme.txt"}


def test_a_name_that_is_not_utf8_can_be_reported(tmp_path, draw):
    draw(tmp_path / "004_o_m_a_a.jpg").rename(tmp_path / os.fsdecode(b"004_o_m_a_\xff.jpg"))
    for person in range(9):
        draw(tmp_path / f"{person:03d}_o_m_h_a.jpg")
    listing = ADAPTERS.load("faces")(tmp_path)
    table = write_manifest(listing, tmp_path, tmp_path / "manifest.parquet")
    (problem,) = json.loads(table.schema.metadata[b"problems"])
    assert problem["where"] == "004_o_m_a_\\xff.jpg"


def test_a_letter_that_nobody_knows_stops(tmp_path, draw):
    for letter in "adfhnsx":
        draw(tmp_path / f"004_o_m_{letter}_a.jpg")
    with pytest.raises(DataError, match="unknown expressions: 1 × 'x'; accepted are a, d, f, h, n, s, angry"):
        ADAPTERS.load("faces")(tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        ADAPTERS.load("faces")(tmp_path / "absent")
