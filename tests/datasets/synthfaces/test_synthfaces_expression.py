from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.datasets.synthfaces.expression import ACTION_UNITS, PROTOTYPES, activate, schedule
from bauta.errors import ConfigError
from bauta.labels import EXPRESSIONS


def test_every_expression_has_a_prototype() -> None:
    assert set(PROTOTYPES) == set(EXPRESSIONS)
    assert PROTOTYPES["neutral"] == {}
    assert len({frozenset(units) for units in PROTOTYPES.values()}) == len(EXPRESSIONS)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), images=st.integers(1, 40))
def test_schedule_starts_neutral_and_is_balanced(seed: int, images: int) -> None:
    plan = schedule(np.random.default_rng(seed), images)
    other = schedule(np.random.default_rng(seed + 1), images)
    assert len(plan) == images
    assert all(name == "neutral" for name, _ in plan[:2])
    assert Counter(name for name, _ in plan) == Counter(name for name, _ in other)
    assert all(intensity == 0 if name == "neutral" else 0.6 <= intensity <= 1 for name, intensity in plan)


def test_ten_images_show_every_expression() -> None:
    counts = Counter(name for name, _ in schedule(np.random.default_rng(0), 10))
    assert set(counts) == set(EXPRESSIONS)
    assert counts["neutral"] == 2
    assert max(counts.values()) == 2


def test_order_varies_between_subjects() -> None:
    orders = {tuple(name for name, _ in schedule(np.random.default_rng(seed), 10)) for seed in range(10)}
    assert len(orders) > 5


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_units_follow_prototype_and_intensity(expression: str) -> None:
    strong = activate(expression, 1.0, np.random.default_rng(0))
    weak = activate(expression, 0.5, np.random.default_rng(0))
    for unit in ACTION_UNITS:
        target = PROTOTYPES[expression].get(unit, 0.0)
        assert abs(strong[unit] - target) <= 0.15 * target + 0.08
        assert weak[unit] <= strong[unit]


@pytest.mark.parametrize(("expression", "intensity"), [("smug", 1.0), ("happy", 1.2), ("happy", -0.1)])
def test_refuses_what_it_cannot_show(expression: str, intensity: float) -> None:
    with pytest.raises(ConfigError, match="expected an"):
        activate(expression, intensity, np.random.default_rng(0))
