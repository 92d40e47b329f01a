"""The utility of a row: a column, or a weighted mean of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauta.errors import ConfigError
from bauta.measurement import Value
from bauta.metrics.utility import utility_axis, weighted_mean

CHANCE = Value(value=0.1, n=10)


def row(**values):
    known = {
        name: Value(value=value, low=value - 0.1, high=value + 0.1, n=5) for name, value in values.items()
    }
    return {"clear_macro_f1": Value(value=0.8, n=5), "chance_top1": CHANCE, **known}


def test_a_single_column_is_its_own_utility():
    values = row(kappa=0.4, ssim=0.7)
    assert utility_axis("kappa").scale(values) == values["kappa"]
    assert utility_axis("kappa").name == "kappa"
    assert utility_axis({"kappa": 3}).scale(values) == values["kappa"]


def test_weights_need_not_sum_to_one():
    axis = utility_axis({"kappa": 1, "ssim": 3})
    found = axis.scale(row(kappa=0.4, ssim=0.8))
    assert found.value == pytest.approx(0.7)
    assert (found.low, found.high) == pytest.approx((0.6, 0.8))
    assert axis.name == "0.25 kappa + 0.75 ssim"
    assert axis.columns == ("kappa", "ssim")


def test_a_missing_part_makes_the_whole_missing():
    values = {**row(kappa=0.4), "ssim": Value.missing("not part of this run")}
    found = utility_axis({"kappa": 1, "ssim": 1}).scale(values)
    assert found.value is None
    assert found.reason == "not part of this run"


def test_kappa_stands_in_for_macro_f1_in_a_mix_too():
    values = {**row(kappa=0.4, ssim=0.8), "clear_macro_f1": Value.missing("no labels")}
    values["relative_macro_f1"] = Value.missing("no labels")
    assert utility_axis({"relative_macro_f1": 1, "ssim": 1}).scale(values).value == pytest.approx(0.6)


@pytest.mark.parametrize("named", [{}, {"kappa": 0}, {"kappa": -1, "ssim": 2}, {"kappa": float("nan")}])
def test_weights_must_be_above_zero(named):
    with pytest.raises(ConfigError, match="expected columns with weights above 0"):
        utility_axis(named)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 0.3)), min_size=1, max_size=5))
def test_a_mean_lies_in_its_interval_and_between_its_values(parts):
    values = [Value(value=middle, low=middle - down, high=middle + up) for middle, down, up in parts]
    found = weighted_mean(values)
    middles = [value.value for value in values]
    assert min(middles) - 1e-9 <= found.value <= max(middles) + 1e-9
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
