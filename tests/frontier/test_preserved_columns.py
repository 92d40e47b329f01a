"""The columns of the estimators: each is filled by the first one that has it."""

from frontier_samples import CONFIG, run_measurements

from bauta.frontier.assemble import assemble
from bauta.measurement import Measurement, Value

UNREAD = "no estimator of this run reads it: name one in `preservation`"


def preservation(model, **values):
    return Measurement(
        kind="preservation",
        dataset="synthfaces",
        backend="blur",
        setting="kernel=31",
        model=model,
        values={
            name: Value(value=value) if value is not None else Value.missing("none")
            for name, value in values.items()
        },
    )


def row_with(*measurements):
    frontier = assemble([*run_measurements(), *measurements], CONFIG, {})
    return next(row for row in frontier.datasets[0].rows if row.label == "blur kernel=31").values


def test_the_first_estimator_that_has_a_value_fills_its_column():
    values = row_with(
        preservation("a", pose_error=3.0, pose_kept=0.7),
        preservation("b", pose_error=9.0, gaze_error=4.0),
    )
    assert values["pose_error"].value == 3
    assert values["gaze_error"].value == 4
    assert values["pose_kept"].value == 0.7
    assert values["valence_ccc"].reason == UNREAD


def test_a_value_that_is_missing_is_not_replaced_by_another_estimators():
    values = row_with(preservation("a", pose_error=None), preservation("b", pose_error=9.0))
    assert values["pose_error"] == Value.missing("none")


def test_without_an_estimator_the_cells_say_so():
    assert row_with()["pose_error"].reason == UNREAD
