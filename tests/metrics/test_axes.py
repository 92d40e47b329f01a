import pytest

from bauta.errors import ConfigError
from bauta.measurement import Value
from bauta.metrics.axes import PRIVACY_AXES, UTILITY_AXES, privacy_axis, stand_in, utility_column

CHANCE = Value(value=0.1)


def test_privacy_is_one_minus_the_chance_corrected_top1():
    got = privacy_axis("worst_top1").scale(Value(value=0.4, low=0.3, high=0.5, n=7), CHANCE)
    assert got.value == pytest.approx(1 - (0.4 - 0.1) / 0.9)
    assert (got.low, got.high) == (pytest.approx(1 - 0.4 / 0.9), pytest.approx(1 - 0.2 / 0.9))
    assert got.n == 7


@pytest.mark.parametrize(("top1", "privacy"), [(1.0, 0.0), (0.1, 1.0), (0.0, 1.0)])
def test_privacy_is_clipped(top1, privacy):
    assert privacy_axis("worst_top1").scale(Value(value=top1), CHANCE).value == privacy


@pytest.mark.parametrize(
    ("name", "perfect", "chance"),
    [("worst_auc", 1.0, 0.5), ("worst_eer", 0.0, 0.5), ("worst_tar_at_far_1e-2", 1.0, 0.01)],
)
def test_the_perfect_attack_is_zero_and_chance_is_one(name, perfect, chance):
    axis = privacy_axis(name)
    assert axis.scale(Value(value=perfect), CHANCE).value == 0.0
    assert axis.scale(Value(value=chance), CHANCE).value == 1.0


@pytest.mark.parametrize("name", ["cosine_distance", "ssim", "psnr", "lpips", "fid"])
def test_trap_19_and_23_diagnostics_are_no_privacy_axis(name):
    with pytest.raises(ConfigError, match=f"'{name}' is a diagnostic and no evidence of privacy"):
        privacy_axis(name)
    assert name not in PRIVACY_AXES


def test_unknown_axes_name_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'worst_top1'"):
        privacy_axis("worst_top")
    with pytest.raises(
        ConfigError, match=r"frontier\.utility: unknown axis 'relative_f1': did you mean 'relative_macro"
    ):
        utility_column("relative_f1")


def test_undefined_stays_undefined():
    missing = privacy_axis("worst_top1").scale(Value.missing("no probes"), CHANCE)
    assert (missing.value, missing.reason) == (None, "no probes")
    alone = privacy_axis("worst_top1").scale(Value(value=1.0), Value(value=1.0))
    assert alone.value is None
    assert "single gallery subject" in alone.reason


def test_an_axis_has_the_name_of_its_column_and_the_former_name_is_refused_with_the_new_one():
    for name, axis in {**PRIVACY_AXES, **UTILITY_AXES}.items():
        assert axis.column == name
    with pytest.raises(ConfigError, match=r"frontier\.utility: the axis 'macro_f1' .*: write relative_macro"):
        utility_column("macro_f1")
    for name in ("auc", "eer", "tar_at_far_1e-2", "tar_at_far_1e-3"):
        with pytest.raises(
            ConfigError, match=rf"frontier\.privacy: the axis '{name}' .*: write worst_{name}"
        ):
            privacy_axis(name)


@pytest.mark.parametrize("name", ["top1", "reverse_top1", "parrot_top1", "adaptive_top1"])
def test_one_attack_of_one_recognizer_is_no_privacy_axis(name):
    with pytest.raises(ConfigError, match=f"'{name}' .* by the first recognizer.*; use worst_top1"):
        privacy_axis(name)


@pytest.mark.parametrize(
    ("name", "worst"),
    [("worst_auc", 0.9), ("worst_eer", 0.1), ("worst_tar_at_far_1e-2", 0.9), ("worst_top1", 0.9)],
)
def test_the_least_private_value_is_the_nearest_to_a_perfect_attack(name, worst):
    measured = {
        "unknown": Value.missing("no pairs"),
        "one": Value(value=0.5),
        "other": Value(value=worst, low=worst - 0.1, high=worst + 0.1),
        "same": Value(value=worst),
        "last": Value(value=1.0 - worst),
    }
    assert privacy_axis(name).least_private(measured, "nobody") == (measured["other"], "other")


def test_without_a_known_value_none_is_the_least_private():
    axis = privacy_axis("worst_auc")
    assert axis.least_private({}, "nobody") == (Value.missing("nobody"), None)
    missing = {"one": Value.missing("no pairs"), "other": Value.missing("one person")}
    assert axis.least_private(missing, "nobody") == (Value.missing("no pairs"), None)


@pytest.mark.parametrize(("clear", "kappa", "expected"), [(0.9, 0.5, 0), (None, 0.5, 1), (None, None, 0)])
def test_kappa_stands_in_only_without_labels(clear, kappa, expected):
    values = {
        name: Value.missing("no labels") if value is None else Value(value=value)
        for name, value in (("clear_macro_f1", clear), ("kappa", kappa))
    }
    named = utility_column("relative_macro_f1")
    assert stand_in(named, values) == (named, utility_column("kappa"))[expected]
    assert stand_in(utility_column("ssim"), values) == utility_column("ssim")
