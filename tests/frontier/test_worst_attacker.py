"""Which attack counts: the suite's, chosen on other people, or the adaptive one where it names more."""

import pytest

from bauta.frontier.measured import measured_sets
from bauta.frontier.rows import _worst_attacker
from bauta.measurement import Measurement, Value


def a_set(**found):
    """One set with its measurements: `kind__recognizer={value: number}`, or `suite=…`, which has none."""
    measurements = []
    for name, values in found.items():
        kind, _, recognizer = name.partition("__")
        measurements.append(
            Measurement(
                kind=kind,
                dataset="d",
                backend="blur",
                setting="kernel=31",
                model=recognizer or None,
                values={key: Value(value=value) for key, value in values.items()},
                provenance={"worst_one": "restored/nearest_template/naive/a"},
            )
        )
    return measured_sets(measurements)["d", "blur", "kernel=31"]


SUITE = {"worst_top1": 0.5}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"suite": SUITE}, (0.5, "restored/nearest_template/naive/a")),
        ({"suite": SUITE, "attack__a": {"naive_top1": 0.9}}, (0.5, "restored/nearest_template/naive/a")),
        ({"suite": SUITE, "adapt__a": {"adaptive_top1": 0.7}}, (0.7, "adaptive/a")),
        ({"suite": SUITE, "adapt__a": {"adaptive_top1": 0.4}}, (0.5, "restored/nearest_template/naive/a")),
        ({"suite": SUITE, "adapt__b": {"adaptive_top1": 0.6}}, (0.6, "adaptive/b")),
        ({"attack__a": {"naive_top1": 0.9, "parrot_top1": 0.8}}, (0.9, "naive/a")),
    ],
)
def test_no_attack_is_chosen_on_the_probes(found, expected):
    top1, attacker = _worst_attacker(a_set(**found), ["a", "b"])
    assert (top1.value, attacker) == expected
