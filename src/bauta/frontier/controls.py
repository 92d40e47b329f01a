"""The controls that prove a run.

`identity` must change nothing, `blackout` must leave nothing, and `prototype` one of seven pictures.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bauta.anonymize import BLACKOUT, IDENTITY, PROTOTYPE
from bauta.frontier.measured import MeasuredDataset, MeasuredSet
from bauta.frontier.result import Control, interval
from bauta.frontier.rows import PROTOCOLS
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value

TOLERANCE = 1e-4
"""Floating-point noise between two passes over the same images; one changed probe in 10,000 exceeds it."""

GOALS = {
    IDENTITY: "exactly the clear baseline",
    BLACKOUT: "a blind guess, 1/N, within the interval of every attacker",
    PROTOTYPE: f"at most {len(EXPRESSIONS)} pictures, and no attack above the best table from them to people",
}


class _Comparison(NamedTuple):
    """One number of a control: its name, its expected value and its measured value."""

    what: str
    expected: str
    got: str
    passed: bool


def check_controls(dataset: MeasuredDataset, *, adaptive: bool) -> list[Control]:
    """Return the verdict on the controls of a dataset; a control that was not run has failed.

    All recognizers and teachers must be applied to the controls, and the `adaptive` attacker if it is part of
    the run. Without identities, only the expressions of `identity` can be checked, and nothing of `blackout`.
    Faces without an output are excluded here (`*_covered`): they count as leaks elsewhere, and would move
    `blackout` away from a blind guess.
    """
    compared: dict[str, list[_Comparison]] = {}
    for one in dataset.sets:
        if one.backend == IDENTITY:
            compared.setdefault(IDENTITY, list(_identity(one, dataset)))
        if one.backend == BLACKOUT:
            compared.setdefault(BLACKOUT, list(_blackout(one, dataset.recognizers, adaptive=adaptive)))
        if one.backend == PROTOTYPE:
            compared.setdefault(PROTOTYPE, list(_prototype(one, dataset.recognizers)))
    return [_verdict(name, dataset, compared.get(name)) for name in GOALS]


def _verdict(name: str, dataset: MeasuredDataset, compared: list[_Comparison] | None) -> Control:
    nobody, where = dataset.limits.identities, f"on {dataset.name}"
    failed = [one for one in compared or () if not one.passed]
    told: dict[str, Any] = {"name": name, "dataset": dataset.name, "expected": GOALS[name]}
    told["not_checked"] = nobody if compared else None
    got = "; ".join(f"{one.what} {one.got}" for one in failed or compared or ())
    if compared == [] and nobody:
        message = f"control {name} was not checked {where}: {nobody}"
        told["not_checked"] = nobody
        return Control(**told, passed=None, got=f"not checked: {nobody}", message=message)
    if not compared:
        got = "was not run" if compared is None else "was not measured"
        return Control(**told, passed=False, got=got, message=f"control {name} {got} {where}")
    if not failed:
        message = f"control {name} passed {where} ({len(compared)} comparisons)"
        return Control(**told, passed=True, got=got, message=message)
    what, told["expected"], first, _ = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    message = f"control {name} {where}: {what} is {first}, expected {told['expected']}{more}"
    return Control(**told, passed=False, got=got, message=message)


def _identity(one: MeasuredSet, dataset: MeasuredDataset) -> Iterator[_Comparison]:
    for name in dataset.recognizers:
        for what in ("top1_covered", "auc_covered"):
            clear = one.clear_value(name, f"clear_{what}")
            got = _value(one.get("attack", name), f"naive_{what}")
            yield from _equal(f"{what} of {name}", clear, got, must_be_defined=what != "auc_covered")
    for name in dataset.teachers:
        read = one.get("expression", name)
        yield from _equal(f"macro-F1 of {name}", _value(read, "clear_macro_f1"), _value(read, "macro_f1"))
    leaks = _value(one.get("audit"), "leaks_pixels")
    if leaks.value is not None:
        yield _Comparison("leaks_pixels", "1.0000: every pixel passes", _text(leaks), leaks.value == 1.0)


def _equal(what: str, clear: Value, got: Value, must_be_defined: bool = False) -> Iterator[_Comparison]:
    """Compare two numbers, unless both are undefined and may be, such as AUC without genuine pairs."""
    if clear.value is not None or got.value is not None or must_be_defined:
        defined = clear.value is not None and got.value is not None
        close = defined and abs((clear.value or 0.0) - (got.value or 0.0)) <= TOLERANCE
        yield _Comparison(what, f"{_text(clear)} as on clear faces", _text(got), close)


def _blackout(one: MeasuredSet, recognizers: Sequence[str], *, adaptive: bool) -> Iterator[_Comparison]:
    """Compare each attacker with a blind guess: ties are broken at random, so none gains from priors."""
    for name in recognizers:
        attack = one.get("attack", name)
        blind = _value(attack, "blind_top1")
        known = attack.values if attack is not None else {}
        for protocol in [p for p in PROTOCOLS if f"{p}_top1" in known] or ["naive"]:
            yield _at_blind(f"{protocol} top-1 of {name}", blind, attack, f"{protocol}_top1")
        if adaptive:
            yield _at_blind(f"adaptive top-1 of {name}", blind, one.get("adapt", name), "adaptive_top1")
    suite = one.get("suite")
    if recognizers and suite is not None:
        yield _at_blind("worst top-1 of the attack suite", _value(suite, "blind_top1"), suite, "worst_top1")


def _prototype(one: MeasuredSet, recognizers: Sequence[str]) -> Iterator[_Comparison]:
    """Compare the number of pictures with that of the expressions, and each attack with the best table."""
    pictures, most = _value(one.get("coverage"), "n_outputs"), len(EXPRESSIONS)
    few = pictures.value is not None and pictures.value <= most
    yield _Comparison("different pictures", f"at most {most}", _text(pictures), few)
    bound = _value(one.get("coverage"), "bound_top1")
    attacks = [
        (f"{p} top-1 of {name}", one.get("attack", name), f"{p}_top1")
        for name in recognizers
        for p in PROTOCOLS
    ]
    attacks += [
        (f"adaptive top-1 of {name}", one.get("adapt", name), "adaptive_top1") for name in recognizers
    ]
    if recognizers:
        attacks.append(("greatest top-1 of the attack suite", one.get("suite"), "max_top1"))
    for what, measurement, name in attacks:
        got = _value(measurement, name)
        if got.value is not None:
            below = bound.value is not None and got.value <= bound.value + TOLERANCE
            yield _Comparison(what, f"at most {_text(bound)}, by the best table", _text(got), below)


def _at_blind(what: str, blind: Value, measurement: Measurement | None, name: str) -> _Comparison:
    has_covered = measurement is not None and f"{name}_covered" in measurement.values
    got, inside = _value(measurement, f"{name}_covered" if has_covered else name), False
    if blind.value is not None and got.value is not None:
        low = got.value if got.low is None else got.low
        high = got.value if got.high is None else got.high
        inside = low - TOLERANCE <= blind.value <= high + TOLERANCE
    return _Comparison(what, f"a blind guess {_text(blind)}", _text(got), inside)


def _value(measurement: Measurement | None, name: str) -> Value:
    missing = Value.missing("not measured")
    return missing if measurement is None else measurement.values.get(name, missing)


def _text(value: Value) -> str:
    return f"undefined ({value.reason})" if value.value is None else interval(value, digits=4)
