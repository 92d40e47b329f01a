"""Which sets are tested against each other, by whom, and what their measurement waits for."""

from types import SimpleNamespace

import pytest

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.workflow.measurement_inputs import MeasurementInputs
from bauta.workflow.rule_inputs import rule_inputs

GRID = {"identity": {}, "blackout": {}, "blur": {"kernel": [31, 11]}, "pixelate": {"block": 8}}


def rules(compare=(), teachers=("resnet18", "resnet18_fer2013"), seed=0, **grid):
    own = {"adapter": "synthfaces", "splits": {"train": 0.4, "dev": 0.2}}
    return rule_inputs(
        parse_config(
            {
                "seed": seed,
                "datasets": {"faces": own},
                "anonymizers": {**GRID, **grid},
                "teachers": list(teachers),
                "frontier": {"compare": list(compare)},
            }
        )
    )


def planned(inputs):
    measured = inputs.plan.measurements["faces"]
    return [path for path in measured.paths() if path.parts[4].startswith("significance-")]


def place_of(path):
    """The wildcards of the job that makes a measurement."""
    stage, teacher = path.parts[4:6]
    return SimpleNamespace(dataset="faces", digest=stage.partition("-")[2], teacher=teacher)


def test_nothing_is_compared_by_default_and_no_key_changes():
    without = rules()
    assert planned(without) == []
    assert "significance" not in without.plan.measurements["faces"].keys
    assert "compare" not in without.plan.whole["frontier"]


def test_one_job_for_each_teacher_reads_the_sets_in_their_order():
    inputs = rules(["pixelate", "blur"])
    plan, paths = inputs.plan.datasets["faces"], planned(inputs)
    assert [path.parts[5].partition("-")[0] for path in paths] == ["resnet18", "resnet18_fer2013"]
    measure = MeasurementInputs(inputs)
    for path in paths:
        place = place_of(path)
        found = measure.significance(place)
        teacher = place.teacher.partition("-")[0]
        assert found["config"]["names"] == [
            ["blur", "kernel=11"],
            ["blur", "kernel=31"],
            ["pixelate", "block=8"],
        ]
        items = [item for item in plan.sets.all if item.backend in ("blur", "pixelate")]
        assert measure.compared_posteriors(place) == [
            plan.teachers.anonymized(teacher, item) for item in items
        ]
        assert found["place"] == {
            **{"dataset": "faces", "backend": "original", "setting": "clear"},
            "model": teacher,
        }


def test_a_teacher_that_adapts_to_each_set_compares_none():
    teachers = ("resnet18", "resnet18_anonymized")
    assert len(planned(rules(["blur"], teachers))) == 1


def test_the_key_changes_with_the_sets_and_the_seed_and_not_with_their_order():
    def key(*args, **options):
        return rules(*args, **options).plan.measurements["faces"].keys["significance"].digest

    first = key(["blur", "pixelate"])
    assert key(["pixelate", "blur", "blur"]) == first
    assert key(["blur"]) != first
    assert key(["blur", "pixelate"], seed=1) != first
    assert key(["blur", "pixelate"], pixelate={"block": 4}) != first
    assert key(["blur", "pixelate"], ksame={"k": 2}) == first


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        (["pixelat"], "did you mean 'pixelate'"),
        (["ksame"], "'ksame' is none of the run's anonymizers"),
        (["pixelate"], "'pixelate' is a single set; name another backend to compare it with"),
    ],
)
def test_sets_that_the_run_does_not_have_are_refused(compare, message):
    with pytest.raises(ConfigError, match="compare") as error:
        rules(compare)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert planned(rules(["prototype", "identity"]))
