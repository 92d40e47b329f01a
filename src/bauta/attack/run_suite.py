"""The measurement of the suite stage: every attack on one set, and the one that counts."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bauta.attack.faces import AttackLabels
from bauta.attack.guessing import guess_values
from bauta.attack.identification import recognised, why_undefined
from bauta.attack.linking import link_value
from bauta.attack.outcome import FEWEST_TO_CHOOSE, Outcome, attack_release
from bauta.attack.person_hits import HITS, hits_curve
from bauta.attack.protocols import ONE, POOLED
from bauta.attack.seen import Seen
from bauta.attack.strength import Sweep
from bauta.attack.suite import Attack, Reached
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling, difference_value, max_value

log = logging.getLogger(__name__)

MATCHERS = ("nearest_template", "embedding_discriminant")
"""Matchers of every view; others in `ATTACKS` may be added."""

MOST = 0.5


def measure_suite(
    seen: Mapping[int | None, Seen],
    choosing: AttackLabels,
    scored: AttackLabels,
    digests: list[bytes | None],
    *,
    dataset: str,
    backend: str,
    setting: str,
    protocols: Sequence[str],
    seed: int,
    replicates: int = 2000,
    others: Sequence[str] = (),
    lender: str | None = None,
) -> Measurement:
    """Measure the attack suite on one set.

    Args:
        seen: JPEG quality of a release, None for none → what the attacker sees of it.
        choosing: Subjects and roles of the faces of the people on whom attacks are chosen.
        scored: Likewise of the scored faces.
        digests: Of the released scored pictures, see `linking.output_digests`.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        protocols: Names of protocols in `protocols.PROTOCOLS`.
        seed: Seed of the attacks and of the resampling.
        replicates: Bootstrap replicates.
        others: Names in `ATTACKS` of matchers beside `MATCHERS`.
        lender: Name of the dataset that lends the attacker his people; None if they are of this one.

    Returns:
        A measurement `suite`: `worst_top1` and `worst_top1_pooled`, of the attack that is the strongest on
        the people on whom attacks are chosen (where these are too few, on the scored ones, with the lower end
        of the maximum's band); `max_top1` and `max_top1_pooled`, of the strongest on the
        scored people themselves; `recovery_gap`, what the attack gains on the fixed ones; `exposed_people`,
        the share of people whom it names in most of their pictures; `link_top1`; each with the suffix
        `_jpeg90` for a release of this quality. The curve `attacks` lists every attack,
        `strength` what the one that counts reaches with less, see `strength.Sweep`, and `hits` what those
        that count reach on each person in a release that is not compressed, see `person_hits`.
    """
    resampling = Resampling(replicates, seed)
    values = guess_values(scored, resampling)
    provenance: dict[str, str | int | float | None] = {"seed": seed, "replicates": replicates}
    listed: list[dict[str, Any]] = []
    notes: list[str] = []
    hits: dict[str, Any] = {}
    reason, first, swept = why_undefined(scored), next(iter(seen)), list[dict[str, Any]]()
    if lender is not None:
        provenance["people"] = lender
        notes.append(f"the attacker learns and chooses on people of '{lender}'")
        notes += _doubtful(choosing, scored, lender)
    for jpeg, release in seen.items():
        suffix = "" if jpeg is None else f"_jpeg{jpeg}"
        if reason is not None:
            values |= {f"{name}{suffix}": Value.missing(reason) for name in HEADLINES}
            continue
        outcome = attack_release(
            release,
            choosing,
            scored,
            protocols=protocols,
            matchers=(*MATCHERS, *others),
            seed=seed,
        )
        headline = _headline(outcome, scored, resampling)
        values |= {f"{name}{suffix}": value for name, value in headline.items()}
        listed += _listed(outcome, scored, resampling, jpeg)
        if jpeg == first:
            swept = Sweep(release, outcome, scored, resampling, seed).points()
        if jpeg is None:
            one, pooled = outcome.found[outcome.counted(ONE)], outcome.found[outcome.counted(POOLED)]
            hits = hits_curve(scored, one=one.one, pooled=pooled.pooled)
        for pooling in (ONE, POOLED):
            attack = outcome.counted(pooling)
            provenance[f"worst_{pooling}{suffix}"] = str(attack)
        log.info("%s %s%s: %s", backend, setting, suffix, outcome.counted(ONE))
        if outcome.chosen is None and "chosen on the scored people" not in " ".join(notes):
            notes.append(
                f"the attack was chosen on the scored people: choosing on others needs {FEWEST_TO_CHOOSE} of "
                "them in the partition dev"
            )
    values["link_top1"] = link_value(digests, scored, resampling)
    return Measurement(
        kind="suite",
        dataset=dataset,
        backend=backend,
        setting=setting,
        values=values,
        curves={"attacks": listed, "strength": swept, HITS: hits},
        notes=notes,
        provenance=provenance,
    )


HEADLINES = (
    "worst_top1",
    "worst_top1_covered",
    "worst_top1_pooled",
    "max_top1",
    "max_top1_pooled",
    "recovery_gap",
    "exposed_people",
)


def _doubtful(choosing: AttackLabels, scored: AttackLabels, lender: str) -> Iterator[str]:
    """Say that people of a lender may be scored people: datasets share people, and bauta has only names."""
    shared = len({*choosing.subjects.tolist()} & {*scored.subjects.tolist()})
    if shared:
        yield (
            f"{shared} scored people have names of people of '{lender}' on whom the attack was chosen: if "
            "they are the same, let another dataset lend its people"
        )


def _headline(outcome: Outcome, labels: AttackLabels, resampling: Resampling) -> dict[str, Value]:
    subjects, people = labels.subjects[labels.probe], np.unique(labels.subjects[labels.probe])
    one, pooled = outcome.counted(ONE), outcome.counted(POOLED)
    worst, covered = recognised(outcome.found[one].one, subjects, resampling, unscored=1.0)
    everything = {
        "max_top1": ({str(a): _leaked(reached.one) for a, reached in outcome.found.items()}, subjects),
        "max_top1_pooled": ({str(a): _leaked(r.pooled) for a, r in outcome.found.items()}, people),
    }
    most = {name: max_value(credit, of, resampling) for name, (credit, of) in everything.items()}
    worst_pooled = _pooled(outcome.found[pooled], people, resampling)
    if outcome.chosen is None:
        worst = _of_the_luckiest(worst, most["max_top1"])
        worst_pooled = _of_the_luckiest(worst_pooled, most["max_top1_pooled"])
    return {
        "worst_top1": worst,
        "worst_top1_covered": covered,
        "worst_top1_pooled": worst_pooled,
        **most,
        "recovery_gap": _gain(outcome, one, subjects, resampling),
        "exposed_people": _exposed(outcome.found[one], subjects, people, resampling),
    }


def _of_the_luckiest(value: Value, most: Value) -> Value:
    """The interval of the luckiest attack on the scored people, down to the lower end of the maximum's band.

    Its share is above what it would reach on others, so the lower end of its own interval is too high, and
    the upper end is high enough.
    """
    if value.low is None or most.low is None:
        return value
    return Value(value=value.value, low=min(value.low, most.low), high=value.high, n=value.n)


def _gain(outcome: Outcome, one: Attack, subjects: Any, resampling: Resampling) -> Value:
    """What the attack that counts wins over the fixed attackers."""
    fixed = [attack for attack in outcome.found if attack.fixed]
    if not fixed:
        return Value.missing("the fixed attackers need the view as_is, which attacks.views leaves out")
    best = outcome.counted(ONE, among=fixed)
    return difference_value(
        _leaked(outcome.found[one].one), _leaked(outcome.found[best].one), subjects, resampling
    )


def _exposed(reached: Reached, subjects: Any, people: Any, resampling: Resampling) -> Value:
    """Share of the people who are named in most of their pictures."""
    person = np.searchsorted(people, subjects)
    named = np.bincount(person, _leaked(reached.one)) / np.bincount(person)
    return recognised((named > MOST).astype(np.float64), people, resampling, unscored=1.0)[0]


def _leaked(credit: Any) -> Any:
    return np.nan_to_num(credit, nan=1.0)


def _pooled(reached: Reached, people: Any, resampling: Resampling) -> Value:
    return recognised(reached.pooled, people, resampling, unscored=1.0)[0]


def _listed(
    outcome: Outcome, labels: AttackLabels, resampling: Resampling, jpeg: int | None
) -> list[dict[str, Any]]:
    """Every attack × pooling with its value, as plain values."""
    subjects, people = labels.subjects[labels.probe], np.unique(labels.subjects[labels.probe])
    found: list[dict[str, Any]] = []
    for attack, reached in outcome.found.items():
        for pooling in (ONE, POOLED):
            value = (
                recognised(reached.one, subjects, resampling, unscored=1.0)[0]
                if pooling == ONE
                else _pooled(reached, people, resampling)
            )
            found.append(
                {
                    "view": attack.view,
                    "matcher": attack.matcher,
                    "protocol": attack.protocol,
                    "recognizer": attack.recognizer,
                    "pooling": pooling,
                    "jpeg": jpeg,
                    "parts": [str(part) for part in outcome.parts.get(attack, ())],
                    "counts": attack == outcome.counted(pooling),
                    "choosing": outcome.choosing_strength(attack, pooling),
                    **value.model_dump(),
                }
            )
    return found
