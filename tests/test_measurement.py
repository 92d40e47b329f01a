import pytest
from pydantic import ValidationError

from bauta.measurement import Measurement, Value


def test_trap_16_a_missing_value_needs_a_reason_and_a_value_has_none():
    assert Value.missing("no genuine pairs").value is None
    with pytest.raises(ValidationError, match="missing value needs one"):
        Value(value=None)
    with pytest.raises(ValidationError, match="needs no reason"):
        Value(value=0.0, reason="not computed")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_trap_16_a_value_is_finite(number):
    with pytest.raises(ValidationError, match="finite"):
        Value(value=number)


def test_written_and_read(tmp_path):
    one = Measurement(
        kind="attack",
        dataset="orl",
        backend="blur",
        setting="kernel=11",
        model="dlib_resnet",
        values={"top1": Value(value=0.5, low=0.4, high=0.6, n=10), "auc": Value.missing("no pairs")},
    )
    one.write(tmp_path / "a" / "one.json")
    assert Measurement.read(tmp_path / "a" / "one.json") == one
