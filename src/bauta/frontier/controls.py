"""The controls that prove a run.

`identity` must change nothing, `blackout` must leave nothing, and `prototype` one of seven pictures. On no
setting may an attack exceed the bound for every attacker: one that does knows more than the outputs, or is
counted wrongly.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bauta.anonymize import BLACKOUT, IDENTITY, PROTOTYPE
from bauta.attack.protocols import ONE, POOLED, PROTOCOLS
from bauta.frontier.measured import MeasuredDataset, MeasuredSet
from bauta.frontier.result import Control, interval
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value
from bauta.metrics.bounds import is_empty

TOLERANCE = 1e-4
"""Floating-point noise between two passes over the same images; one changed probe in 10,000 exceeds it."""

BOUNDS = "bounds"
"""The control that is no backend of its own: every attack on every setting with a bound below 1."""

BOUNDED = {ONE: "bound_top1", POOLED: "bound_top1_pooled"}
"""Pooling → the value that no attack exceeds whose probes are released ones."""

GOALS = {
    IDENTITY: "exactly the clear baseline",
    BLACKOUT: "a blind guess, 1/N, within the interval of every attacker",
    PROTOTYPE: f"at most {len(EXPRESSIONS)} pictures, and no attack above the best table from them to people",
    BOUNDS: "no attack on any setting above the best table from outputs to people",
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
    compared: dict[str, list[_Comparison]] = {BOUNDS: []}
    for one in dataset.sets:
        if one.backend != PROTOTYPE:
            compared[BOUNDS] += _bounded(one, dataset.recognizers, where=f" on {_label(one)}")
        if one.backend == IDENTITY:
            compared.setdefault(IDENTITY, list(_identity(one, dataset)))
        if one.backend == BLACKOUT:
            compared.setdefault(BLACKOUT, list(_blackout(one, dataset.recognizers, adaptive=adaptive)))
        if one.backend == PROTOTYPE:
            compared.setdefault(PROTOTYPE, list(_prototype(one, dataset.recognizers)))
    return [_verdict(name, dataset, compared.get(name)) for name in GOALS]


def _verdict(name: str, dataset: MeasuredDataset, compared: list[_Comparison] | None) -> Control:
    nobody, where = dataset.limits.identities, f"on {dataset.name}"
    if name == BOUNDS and not compared:
        nobody = nobody or "every bound is 1, which says nothing"
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
        got = f"{len(compared)} comparisons" if name == BOUNDS else got
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
    yield from _bounded(one, recognizers)


def _bounded(one: MeasuredSet, recognizers: Sequence[str], where: str = "") -> Iterator[_Comparison]:
    """Compare each attack that knows of its probes nothing but the outputs with the best table.

    These are all but those of the protocol `reverse`, whose probe is clear: the fixed and the adaptive ones,
    every attack of the suite (a compressed output is a function of the output), and linking. Guesses between
    equals count by their expected value, that of a table drawn at random. A plug-in that uses the place of a
    face in the set or its name knows more, and fails.

    Args:
        one: The set.
        recognizers: Those that attacked it.
        where: What to write behind the name of each attack.
    """
    for pooling, column in BOUNDED.items():
        bound = _value(one.get("coverage"), column)
        if is_empty(bound):
            continue
        for what, got in _attacks(one, recognizers, pooling):
            below = got.value is not None and got.value <= (bound.value or 0.0) + TOLERANCE
            yield _Comparison(
                f"{what}{where}", f"at most {_text(bound)}, by the best table", _text(got), below
            )


def _attacks(one: MeasuredSet, recognizers: Sequence[str], pooling: str) -> Iterator[tuple[str, Value]]:
    """The attacks whose probes are released ones, by name, with their top-1."""
    known: list[tuple[str, Measurement | None, str]] = []
    if pooling == ONE:
        released = [name for name, protocol in PROTOCOLS.items() if protocol.probe_anonymized]
        for name in recognizers:
            known += [(f"{p} top-1 of {name}", one.get("attack", name), f"{p}_top1") for p in released]
            known.append((f"adaptive top-1 of {name}", one.get("adapt", name), "adaptive_top1"))
        known.append(("link_top1", one.get("suite"), "link_top1"))
    for what, measurement, value in known:
        if (got := _value(measurement, value)).value is not None:
            yield what, got
    suite = one.get("suite")
    for row in suite.curves.get("attacks", ()) if suite is not None else ():
        protocol = PROTOCOLS.get(row["protocol"])
        covered = protocol is None or protocol.probe_anonymized
        if covered and row["pooling"] == pooling and row["value"] is not None:
            yield _of_suite(row), Value(**{name: row[name] for name in ("value", "low", "high", "n")})


def _of_suite(row: Mapping[str, Any]) -> str:
    """An attack of the suite in words, such as `as_is/nearest_template/parrot/dlib_resnet, pooled`."""
    parts = (row["view"], row["matcher"], row["protocol"], row["recognizer"])
    jpeg = "" if row["jpeg"] is None else f", JPEG {row['jpeg']}"
    return "/".join(filter(None, parts)) + f"{jpeg}, {row['pooling']}"


def _label(one: MeasuredSet) -> str:
    return one.backend if one.setting in ("", "default") else f"{one.backend} {one.setting}"


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
