"""Attacks are proved on a light blur, where each of them must succeed."""

import pytest

from bauta.anonymize.settings import SETTINGS
from bauta.attack.light import LIGHT_BLUR
from bauta.attack.proof import doubts, nothing_adapts, proofs_of
from bauta.config.anonymizers import setting_name
from bauta.frontier.measured import LIGHT
from bauta.measurement import Measurement, Value


def attack(view, low, protocol="naive", **others):
    found = {"view": view, "matcher": "nearest_template", "protocol": protocol, "recognizer": "a"}
    value = Value(value=low + 0.1, low=low, high=low + 0.2, n=40)
    return {**found, "pooling": "one", "jpeg": None, "parts": [], **value.model_dump(), **others}


def light(*attacks, chance=0.1):
    values = {"chance_top1": Value(value=chance)}
    return Measurement(
        kind="suite",
        dataset="d",
        backend="blur",
        setting="s",
        values=values,
        curves={"attacks": list(attacks)},
    )


def test_an_attack_works_if_its_best_protocol_is_above_chance():
    proofs = proofs_of(
        light(
            attack("as_is", 0.8),
            attack("restored", 0.02),
            attack("restored", 0.6, protocol="parrot"),
            attack("pixels", 0.05, recognizer=None),
            attack("pixels", 0.9, pooling="pooled", recognizer=None),
            attack("strongest 2", 0.9, parts=["one", "two"]),
        )
    )
    assert {(proof.view, proof.works) for proof in proofs} == {
        ("as_is", True),
        ("restored", True),
        ("pixels", False),
    }
    assert list(doubts(proofs)) == [
        "no evidence, for they fail on a light blur too: pixels with nearest_template"
    ]
    assert not nothing_adapts(proofs)


@pytest.mark.parametrize(("adapting", "expected"), [((0.05, 0.02), True), ((0.05, 0.3), False), ((), False)])
def test_if_nothing_that_adapts_works_the_run_proves_nothing(adapting, expected):
    attacks = [attack(f"view {number}", low) for number, low in enumerate(adapting)]
    assert nothing_adapts(proofs_of(light(attack("as_is", 0.9), *attacks))) is expected


def test_a_value_without_an_interval_proves_nothing_either_way():
    unknown = Value.missing("no probes").model_dump()
    (proof,) = proofs_of(light({**attack("restored", 0.5), **unknown}))
    assert proof.works is None
    assert list(doubts([proof])) == []


def test_the_light_blur_has_one_name():
    assert ("blur", setting_name(SETTINGS["blur"](**LIGHT_BLUR))) == LIGHT
