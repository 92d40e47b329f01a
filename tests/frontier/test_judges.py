"""Which teachers judge a set: those that had no part in making it and can read the clear faces."""

import pandas as pd
import pytest
from frontier_samples import CONFIG, expression, run_measurements

from bauta.config.limits import Limits
from bauta.frontier.assemble import assemble
from bauta.frontier.teacher_table import write_teachers
from bauta.measurement import Value

FIRST, SECOND = "resnet18", "vgg"
TWO = {**CONFIG, "teachers": [FIRST, SECOND]}
BLUR = ("blur", "kernel=31")


@pytest.fixture
def twice():
    """The measurements of a run with a second teacher, which sees half as much."""
    found = run_measurements()
    second = [
        expression(one.dataset, one.backend, one.setting, one.values["utility"].value / 2, model=SECOND)
        if one.backend not in ("identity",)
        else one.model_copy(update={"model": SECOND})
        for one in found
        if one.kind == "expression"
    ]
    return [*found, *second]


def row_of(measured, limits=None, place=BLUR, config=TWO):
    (found,) = assemble(measured, config, {}, {"synthfaces": limits or Limits()}).datasets
    return next(row for row in found.rows if (row.backend, row.setting) == place)


def made_by(*taught, sees=()):
    return Limits(taught={BLUR[0]: {BLUR[1]: taught}}, sees={BLUR[0]: {BLUR[1]: sees}})


def test_the_utility_is_the_mean_of_the_teachers_with_their_range(twice):
    row = row_of(twice)
    own = [row.by_teacher[name]["utility"] for name in (FIRST, SECOND)]
    assert row.judges == (FIRST, SECOND)
    assert row.values["utility"].value == pytest.approx((own[0].value + own[1].value) / 2)
    assert row.values["utility"].low == pytest.approx((own[0].low + own[1].low) / 2)
    assert row.values["utility_least"].value == own[1].value
    assert row.values["utility_greatest"].value == own[0].value
    assert row.values["kappa"].value == pytest.approx((own[0].value + own[1].value) / 2)


@pytest.mark.parametrize(
    "limits", [made_by(FIRST), made_by(sees=(f"posteriors:{FIRST}",))], ids=["trained with it", "sees it"]
)
def test_a_teacher_with_a_part_in_a_set_is_told_and_does_not_judge_it(twice, limits):
    row = row_of(twice, limits)
    assert row.judges == (SECOND,)
    assert row.values["utility"].value == row.by_teacher[SECOND]["utility"].value
    assert row.by_teacher[FIRST]["utility"].value > row.values["utility"].value
    assert list(row.partial) == [FIRST]
    assert any(note.startswith(f"{FIRST} does not judge its utility") for note in row.notes)
    assert row_of(twice, limits, ("blur", "kernel=51")).judges == (FIRST, SECOND)


def test_a_set_that_only_its_own_teacher_read_has_no_utility(measured):
    row = row_of(measured, made_by(FIRST), config=CONFIG)
    assert row.values["utility"].value is None
    assert "add one to teachers" in row.values["utility"].reason
    assert not row.pareto
    assert row.by_teacher[FIRST]["utility"].value is not None


def test_a_teacher_that_cannot_read_the_clear_faces_is_left_out(twice):
    def weakened(one):
        if one.kind != "expression" or one.model != FIRST:
            return one
        why = Value.missing("the teacher resnet18 is invalid here", 10)
        values = {**one.values, "teacher_valid": Value(value=0.0, n=10), "utility": why}
        return one.model_copy(update={"values": values})

    row = row_of([weakened(one) for one in twice])
    assert row.valid
    assert row.judges == (SECOND,)
    assert "the teacher resnet18 is invalid here" in row.notes
    alone = row_of([weakened(one) for one in run_measurements()], config=CONFIG)
    assert not alone.valid
    assert alone.values["utility"].value is None
    assert alone.values["macro_f1"].value is not None, "which shows why"


def test_every_number_of_every_teacher_is_in_the_table(twice, tmp_path):
    frontier = assemble(twice, TWO, {}, {"synthfaces": made_by(FIRST)})
    write_teachers(frontier, tmp_path / "teachers.csv")
    table = pd.read_csv(tmp_path / "teachers.csv")
    own = table[(table["backend"] == BLUR[0]) & (table["setting"] == BLUR[1])]
    assert set(own["teacher"]) == {FIRST, SECOND}
    assert set(own.loc[own["teacher"] == FIRST, "part"]) == {"the backend was trained with it"}
    assert not own.loc[own["teacher"] == FIRST, "judges"].any()
    row = row_of(twice, made_by(FIRST))
    for name, numbers in row.by_teacher.items():
        for metric, value in numbers.items():
            (cell,) = own.loc[(own["teacher"] == name) & (own["metric"] == metric), "value"]
            assert cell == pytest.approx(value.value, rel=1e-5)
