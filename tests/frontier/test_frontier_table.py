import csv

import pandas as pd
import pytest
from frontier_samples import CONFIG, run_measurements

from bauta.errors import DataError
from bauta.frontier.assemble import assemble
from bauta.frontier.result import Frontier
from bauta.frontier.table import COLUMNS, settings_frame, write_table
from bauta.measurement import Value

DESIGN = """
    dataset backend setting n_images n_subjects coverage chance_top1 clear_top1 top1 top1_lo top1_hi auc eer
    tar_at_far_1e-2 tar_at_far_1e-3 reverse_top1 parrot_top1 adaptive_top1 worst_top1 worst_attacker
    cosine_distance clear_macro_f1 macro_f1 accuracy kappa kl ece ssim psnr lpips fid privacy utility pareto
    knee valid note
"""


@pytest.fixture
def frontier(measured) -> Frontier:
    return assemble([*measured, *run_measurements("pins", labelled=False)], CONFIG, {"seed": 0})


@pytest.fixture
def path(frontier, tmp_path):
    write_table(frontier, tmp_path / "frontier.csv")
    return tmp_path / "frontier.csv"


def test_the_columns_of_the_design_come_first_in_their_order():
    assert COLUMNS[:37] == DESIGN.split()


def test_round_trip(frontier, path):
    written = settings_frame(row for dataset in frontier.datasets for row in dataset.rows)
    read = pd.read_csv(path)
    assert len(written) == 30
    assert read["setting"].tolist() == written["setting"].tolist()
    numbers = written[COLUMNS].select_dtypes("float64").columns
    pd.testing.assert_frame_equal(read[numbers], written[numbers], rtol=1e-5, check_dtype=False)
    pd.testing.assert_frame_equal(read[["pareto", "knee", "valid"]], written[["pareto", "knee", "valid"]])


def test_nulls_are_empty_cells_with_a_reason_and_booleans_are_words(path):
    with path.open() as file:
        pins = next(line for line in csv.DictReader(file) if line["dataset"] == "pins")
    assert (pins["macro_f1"], pins["utility"], pins["fid"]) == ("", "", "")
    assert "macro_f1" in pins["reasons"]
    assert "no expression labels" in pins["reasons"]
    assert (pins["valid"], pins["pareto"]) == ("true", "false")


def changed(frontier, **update):
    """The frontier with only its sixth row, of which fields or, as `v_`, values are others."""
    dataset = frontier.datasets[0]
    fields = {name: value for name, value in update.items() if not name.startswith("v_")}
    values = {name.removeprefix("v_"): value for name, value in update.items() if name.startswith("v_")}
    row = dataset.rows[6]
    row = row.model_copy(update={**fields, "values": {**row.values, **values}})
    return frontier.model_copy(update={"datasets": (dataset.model_copy(update={"rows": (row,)}),)})


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"v_top1": Value(value=50.0)}, "top1: expected a number from 0 to 1, got 50.0"),
        ({"v_eer": Value(value=-1.0)}, "eer: expected a number from 0 to 1"),
        ({"v_fid": Value(value=-1.0)}, "fid: expected a number from 0 to inf"),
        ({"v_psnr": Value(value=1.0).model_copy(update={"value": float("inf")})}, "psnr: expected a number"),
        ({"v_privacy": Value(value=1.5)}, "privacy: expected a number from 0 to 1"),
        ({"v_utility": Value(value=0.5, low=0.6, high=1.2)}, "utility_hi: expected a number from 0 to 1"),
        ({"v_top1": Value(value=0.0, low=0.2, high=0.1)}, "top1_lo is above top1_hi 0.1"),
        ({"v_n_images": Value(value=1.5)}, "n_images: expected a count, got 1.5"),
        ({"v_worst_top1": Value(value=0.01)}, "worst_top1 0.01 is below the strongest attacker's"),
        ({"v_worst_top1": Value.missing("no")}, "worst_top1 nan is below"),
        ({"v_worst_auc": Value(value=0.5)}, "worst_auc 0.5 favours the attacker less than the first recog"),
        ({"v_worst_eer": Value(value=0.5)}, "worst_eer 0.5 favours the attacker less than the first recog"),
        ({"v_worst_auc": Value.missing("no")}, "worst_auc nan favours the attacker less"),
        ({"worst_attacker": None}, "worst_top1 and worst_attacker are given together"),
        ({"pareto": True, "valid": False}, "its members are valid and saw no labels"),
        ({"pareto": True, "sees": ("labels",)}, "its members are valid and saw no labels"),
        ({"pareto": False, "knee": True}, "the knee is a member of the Pareto set"),
    ],
)
def test_trap_16_and_18_what_contradicts_the_schema_is_not_written(frontier, tmp_path, update, message):
    with pytest.raises(DataError, match=f"frontier row synthfaces blur kernel=101: .*{message}"):
        write_table(changed(frontier, **update), tmp_path / "t.csv")
    assert not (tmp_path / "t.csv").exists()


def test_two_rows_of_one_setting_are_refused(frontier, tmp_path):
    twice = frontier.model_copy(update={"datasets": frontier.datasets[:1] * 2})
    with pytest.raises(DataError, match="expected one row a setting, got two"):
        write_table(twice, tmp_path / "t.csv")


def test_a_value_out_of_range_is_not_written_and_the_old_file_stays(frontier, path):
    before = path.read_bytes()
    dataset = frontier.datasets[0]
    broken = dataset.rows[4].model_copy(
        update={"values": {**dataset.rows[4].values, "top1": Value(value=50.0)}}
    )
    wrong = frontier.model_copy(update={"datasets": (dataset.model_copy(update={"rows": (broken,)}),)})
    with pytest.raises(DataError, match="frontier row synthfaces blur kernel=31: top1"):
        write_table(wrong, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["frontier.csv"]


def test_metrics_round_trip_and_spell_out_the_choice(frontier, tmp_path):
    frontier.write(tmp_path / "metrics.json")
    assert Frontier.read(tmp_path / "metrics.json") == frontier
    text = (tmp_path / "metrics.json").read_text()
    assert '"knee": "ksame_select k=5"' in text
    assert '"reason"' in text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", " =1", "\n=1", "'=1", "''=1"])
def test_no_text_is_a_formula(frontier, tmp_path, text):
    write_table(changed(frontier, setting=text, notes=(text,)), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        (cells,) = csv.DictReader(file)
    assert (cells["setting"], cells["note"]) == ("'" + text, "'" + text)


@pytest.mark.parametrize("text", ["a=1", "'quoted'", "plain"])
def test_other_texts_stay_as_they_are(frontier, tmp_path, text):
    write_table(changed(frontier, setting=text, notes=(text,)), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        (cells,) = csv.DictReader(file)
    assert (cells["setting"], cells["note"]) == (text, text)


def test_a_negative_number_stays_a_number(frontier, tmp_path):
    write_table(changed(frontier, v_kappa=Value(value=-0.5)), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        (cells,) = csv.DictReader(file)
    assert cells["kappa"] == "-0.5"


def test_a_carriage_return_breaks_no_row_and_hides_no_formula(frontier, tmp_path):
    write_table(changed(frontier, notes=("\r=1\r2",)), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        (cells,) = csv.DictReader(file)
    assert cells["note"] == "' =1 2"
