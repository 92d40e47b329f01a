"""The two controls that prove a run: `identity` must change nothing and `blackout` must leave nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from bauta.frontier.collection import Collection, clear_value
from bauta.frontier.join import PROTOCOLS
from bauta.frontier.result import BLACKOUT, IDENTITY, Control
from bauta.measurement import Measurement, Value

TOLERANCE = 1e-4
"""Floating-point noise between two passes over the same images; one probe in 10,000 would show."""


@dataclass(frozen=True)
class _Comparison:
    """One number of a control: what it is, what it must be and what it was."""

    what: str
    expected: str
    got: str
    passed: bool


def check_controls(
    collection: Collection,
    dataset: str,
    *,
    recognizers: list[str],
    teachers: list[str],
    adaptive: bool,
    identities: str | None = None,
) -> list[Control]:
    """The verdict on both controls of a dataset; a control that was not run has failed.

    Without identities there is nothing to identify: what is left of `identity` is its expressions, and
    nothing is left of `blackout`.

    Faces without an output are left out here (`*_covered`): they count as leaks elsewhere, and would take
    `blackout` away from chance.

    Args:
        collection: All measurements.
        dataset: Name of the dataset.
        recognizers: All of them must see the controls.
        teachers: Likewise.
        adaptive: Whether the adaptive attacker is part of the run.
        identities: Why the dataset has no identities, None where it has them.
    """
    identity = _setting_of(collection, dataset, IDENTITY)
    blackout = _setting_of(collection, dataset, BLACKOUT)
    return [
        _verdict(
            IDENTITY,
            dataset,
            None
            if identity is None
            else list(_identity(collection, dataset, identity, recognizers, teachers)),
            identities,
        ),
        _verdict(
            BLACKOUT,
            dataset,
            None
            if blackout is None
            else list(_blackout(collection, dataset, blackout, recognizers, adaptive=adaptive)),
            identities,
        ),
    ]


def _setting_of(collection: Collection, dataset: str, backend: str) -> str | None:
    return next((setting for name, setting in collection.settings(dataset) if name == backend), None)


def _verdict(name: str, dataset: str, compared: list[_Comparison] | None, not_checked: str | None) -> Control:
    goal = {
        IDENTITY: "exactly the clear baseline",
        BLACKOUT: "chance within the interval of every attacker",
    }[name]
    if compared == [] and not_checked:
        return Control(
            name=name,
            dataset=dataset,
            passed=None,
            expected=goal,
            got=f"not checked: {not_checked}",
            message=f"control {name} was not checked on {dataset}: {not_checked}",
            not_checked=not_checked,
        )
    if not compared:
        what = "was not run" if compared is None else "was not measured"
        return Control(
            name=name,
            dataset=dataset,
            passed=False,
            expected=goal,
            got=what,
            message=f"control {name} {what} on {dataset}",
        )
    failed = [one for one in compared if not one.passed]
    if not failed:
        return Control(
            name=name,
            dataset=dataset,
            passed=True,
            expected=goal,
            got="; ".join(f"{one.what} {one.got}" for one in compared),
            message=f"control {name} passed on {dataset} ({len(compared)} comparisons)",
            not_checked=not_checked,
        )
    first, more = failed[0], f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return Control(
        name=name,
        dataset=dataset,
        passed=False,
        expected=first.expected,
        got="; ".join(f"{one.what} {one.got}" for one in failed),
        message=f"control {name} on {dataset}: {first.what} is {first.got}, expected {first.expected}{more}",
        not_checked=not_checked,
    )


def _identity(
    collection: Collection, dataset: str, setting: str, recognizers: list[str], teachers: list[str]
) -> Iterator[_Comparison]:
    place = (dataset, IDENTITY, setting)
    for name in recognizers:
        attack = collection.get("attack", *place, name)
        for value in ("top1_covered", "auc"):
            expected = clear_value(collection, dataset, name, f"clear_{value}")
            yield from _equal(f"{value} of {name}", expected, _value(attack, f"naive_{value}"))
    for name in teachers:
        expression = collection.get("expression", *place, name)
        expected = _value(expression, "clear_macro_f1")
        yield from _equal(f"macro-F1 of {name}", expected, _value(expression, "macro_f1"))
    leaks = _value(collection.get("audit", *place), "leaks_pixels")
    if leaks.value is not None:
        yield _Comparison("leaks_pixels", "1.0000: every pixel passes", _text(leaks), leaks.value == 1.0)


def _equal(what: str, expected: Value, got: Value) -> Iterator[_Comparison]:
    """No comparison where neither number is defined, such as AUC without genuine pairs."""
    if expected.value is None and got.value is None and "top1" not in what:
        return
    defined = expected.value is not None and got.value is not None
    close = defined and abs((expected.value or 0.0) - (got.value or 0.0)) <= TOLERANCE
    yield _Comparison(what, f"{_text(expected)} as on clear faces", _text(got), close)


def _blackout(
    collection: Collection, dataset: str, setting: str, recognizers: list[str], *, adaptive: bool
) -> Iterator[_Comparison]:
    place = (dataset, BLACKOUT, setting)
    for name in recognizers:
        attack = collection.get("attack", *place, name)
        chance = _value(attack, "chance_top1")
        known = attack.values if attack is not None else {}
        for protocol in [p for p in PROTOCOLS if f"{p}_top1" in known] or ["naive"]:
            yield _at_chance(f"{protocol} top-1 of {name}", chance, _covered(attack, f"{protocol}_top1"))
        if adaptive:
            adapt = collection.get("adapt", *place, name)
            yield _at_chance(f"adaptive top-1 of {name}", chance, _covered(adapt, "adaptive_top1"))


def _at_chance(what: str, chance: Value, got: Value) -> _Comparison:
    inside = False
    if chance.value is not None and got.value is not None:
        low = got.value if got.low is None else got.low
        high = got.value if got.high is None else got.high
        inside = low - TOLERANCE <= chance.value <= high + TOLERANCE
    return _Comparison(what, f"chance {_text(chance)}", _text(got), inside)


def _covered(measurement: Measurement | None, name: str) -> Value:
    covered = f"{name}_covered"
    has_covered = measurement is not None and covered in measurement.values
    return _value(measurement, covered if has_covered else name)


def _value(measurement: Measurement | None, name: str) -> Value:
    if measurement is None:
        return Value.missing("not measured")
    return measurement.values.get(name, Value.missing("not measured"))


def _text(value: Value) -> str:
    if value.value is None:
        return f"undefined ({value.reason})"
    interval = "" if value.low is None or value.high is None else f" [{value.low:.4f}, {value.high:.4f}]"
    return f"{value.value:.4f}{interval}"
