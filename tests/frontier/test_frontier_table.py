import csv

import pytest
from frontier_samples import CONFIG, run_measurements

from bauta.errors import DataError
from bauta.frontier.assemble import assemble
from bauta.frontier.result import Frontier
from bauta.frontier.table import COLUMNS, read_table, to_row, write_table
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


def edit(path, change):
    rows = list(csv.reader(path.open()))
    change(rows)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_the_columns_of_the_design_come_first_in_their_order():
    assert list(COLUMNS[:37]) == DESIGN.split()


def test_round_trip(frontier, path):
    results = [row for dataset in frontier.datasets for row in dataset.rows]
    rows = read_table(path)
    assert len(rows) == len(results) == 28
    for row, result in zip(rows, results, strict=True):
        expected = to_row(result).model_dump()
        for name, value in row.model_dump().items():
            wanted = pytest.approx(expected[name], rel=1e-5) if isinstance(value, float) else expected[name]
            assert value == wanted, name


def test_nulls_are_empty_cells_with_a_reason_and_booleans_are_words(path):
    with path.open() as file:
        pins = next(line for line in csv.DictReader(file) if line["dataset"] == "pins")
    assert (pins["macro_f1"], pins["utility"], pins["fid"]) == ("", "", "")
    assert "macro_f1" in pins["reasons"]
    assert "no expression labels" in pins["reasons"]
    assert (pins["valid"], pins["pareto"]) == ("true", "false")


def test_trap_18_slipped_columns_are_refused(path):
    def slip(rows):
        place = COLUMNS.index("n_images")
        rows[1][place:] = ["50.0", *rows[1][place:-1]]

    edit(path, slip)
    with pytest.raises(DataError, match="line 2"):
        read_table(path)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("top1", "50.0"),
        ("eer", "-1"),
        ("fid", "-1"),
        ("psnr", "inf"),
        ("top1_lo", "0.999999"),
        ("valid", "maybe"),
        ("worst_top1", "0.01"),
    ],
)
def test_trap_16_and_18_values_out_of_range_are_refused(path, column, cell):
    edit(path, lambda rows: rows[5].__setitem__(COLUMNS.index(column), cell))
    with pytest.raises(DataError, match="line 6"):
        read_table(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[0].reverse(),
        lambda rows: rows[0].__setitem__(4, "subjects"),
        lambda rows: rows[3].pop(),
        lambda rows: rows.append(rows[1]),
        lambda rows: rows.clear(),
    ],
    ids=["order", "name", "short row", "twice", "empty"],
)
def test_tables_of_another_shape_are_refused(path, change):
    edit(path, change)
    with pytest.raises(DataError):
        read_table(path)


def test_a_value_out_of_range_is_not_written_and_the_old_file_stays(frontier, path):
    before = path.read_bytes()
    dataset = frontier.datasets[0]
    broken = dataset.rows[3].model_copy(
        update={"values": {**dataset.rows[3].values, "top1": Value(value=50.0)}}
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
