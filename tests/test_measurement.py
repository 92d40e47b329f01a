import pytest
from pydantic import ValidationError

from bauta.errors import DataError
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top1", 7.5),
        ("naive_top1", -0.01),
        ("adaptive_clear_top1", 1.01),
        ("naive_tar_at_far_1e-2", 1.5),
        ("naive_tar_at_far_1e-2_covered", 1.5),
        ("tar_at_clear_threshold_covered", -0.5),
        ("parrot_auc_covered", 1.5),
        ("naive_eer_covered", -0.5),
        ("reverse_fnir_at_fpir_1e-1_covered", 1.5),
        ("naive_d_sys", 1.5),
        ("naive_d_sys_covered", -0.5),
        ("parrot_top1_at_1000", 1.5),
        ("naive_top1_at_10_covered", 1.5),
        ("blind_top1", 1.5),
        ("constant_top1", -0.5),
        ("clear_auc", 2),
        ("clear_recall_happiness", 1.2),
        ("teacher_valid", 3),
        ("kappa", -1.5),
        ("cosine_distance", 2.5),
        ("psnr", -1),
        ("n_images", -4),
    ],
)
def test_trap_18_a_value_out_of_its_range_is_refused(name, value):
    numbers = {"kind": "attack", "dataset": "orl", "backend": "blur", "setting": "kernel=11"}
    for given in (Value(value=value), Value(value=0.5, low=value), Value(value=0.5, high=value)):
        with pytest.raises(ValidationError, match=f"'{name}': expected a number from"):
            Measurement(**numbers, values={name: given})


def test_trap_18_a_measurement_that_was_edited_is_refused(tmp_path):
    path = tmp_path / "one.json"
    Measurement(
        kind="attack", dataset="orl", backend="blur", setting="kernel=11", values={"top1": Value(value=0.75)}
    ).write(path)
    path.write_text(path.read_text().replace("0.75", "0.25"))
    with pytest.raises(DataError, match=r"one\.json is damaged \(expected the SHA-256 .*: delete it and run"):
        Measurement.read(path)
