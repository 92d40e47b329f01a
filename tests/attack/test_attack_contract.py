"""Every candidate of the adaptive attacker keeps the contract, and the checks notice one that does not."""

from dataclasses import replace

import numpy as np
import pytest

from bauta.attack import ATTACKS
from bauta.attack.candidates import embedding_discriminant, nearest_template
from bauta.testing.attack_contract import CHECKS, AttackCase
from bauta.testing.violation import ContractViolationError


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", ATTACKS.built_in)
def test_keeps_the_contract(name, check):
    check(AttackCase(ATTACKS.load(name)))


class Changed:
    """A fitted attack whose scores are changed."""

    def __init__(self, fitted, change):
        self.fitted, self.change = fitted, change

    def scores(self, faces, rows):
        return self.change(self.fitted.scores(faces, rows))


def learning_everything(enrolled, *, seed):
    everybody = np.arange(len(enrolled.faces.pixels))
    return embedding_discriminant(
        replace(enrolled, rows=everybody, subject=everybody % enrolled.subjects), seed=seed
    )


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("output", lambda scores: scores.astype(np.float32)),
        ("output", lambda scores: scores[:, :-1]),
        ("learns", lambda scores: -scores),
        ("deterministic", lambda scores: scores + np.random.default_rng().normal(size=scores.shape)),
        ("deterministic", lambda scores: scores - scores.mean()),
    ],
)
def test_a_faulty_attack_is_caught(check, change):
    def attack(enrolled, *, seed):
        return Changed(nearest_template(enrolled, seed=seed), change)

    with pytest.raises(ContractViolationError):
        CHECKS[check](AttackCase(attack))


def test_an_attack_that_looks_at_the_probes_is_caught():
    with pytest.raises((ContractViolationError, ValueError)):
        CHECKS["looks_only_at_its_rows"](AttackCase(learning_everything))
