"""The page about the columns says what the table holds."""

from pathlib import Path

import pytest

from bauta.cli.document_columns import ABOUT, PAGE, about, allowed, page
from bauta.frontier.rows import SOURCES
from bauta.frontier.table import COLUMNS

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_table_generates():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run `make config`"


def test_every_column_has_an_entry_and_every_entry_a_column():
    ends = {column for column in COLUMNS if column.endswith(("_lo", "_hi"))}
    assert set(ABOUT) == set(COLUMNS) - ends
    assert {about(column).meaning for column in ends if column.startswith("top1")} == {
        "lower end of the 95 % interval of `top1`", "upper end of the 95 % interval of `top1`",
    }  # fmt: skip


def test_the_source_of_a_measured_column_is_the_stage_that_it_is_read_from():
    measured = {column: kind for kind, columns in SOURCES.items() for column in columns}
    assert {column: about(column).source for column in measured} == measured


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("top1_lo", "0 to 1"),
        ("kappa", "−1 to 1"),
        ("cosine_distance", "0 to 2"),
        ("psnr", "numbers from 0"),
        ("n_images", "whole numbers from 0"),
        ("valid", "`true`, `false`"),
        ("sees", "text"),
        ("knee_share", "0 to 1"),
        ("utility_hi", "0 to 1"),
    ],
)
def test_the_range_is_that_which_is_checked(column, values):
    assert allowed(column) == values
