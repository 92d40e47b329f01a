"""What the script of the page needs: every number of every setting, in a compact form.

A value is `[value, low, high, n]` without the nulls at its end, and a missing one is the place of its reason
in the list of reasons. Numbers have six significant digits, as in the tables; positions on an axis have all,
because the advice compares them with floors.
"""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.colors import to_hex

from bauta.config.frontier import Floors
from bauta.config.short_names import readable
from bauta.frontier.advice import UNFIT
from bauta.frontier.measured import ORIGINAL, MeasuredSet, Place
from bauta.frontier.page.choices import Choice, privacy_choices, utility_choices
from bauta.frontier.plots.style import looks
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult
from bauta.frontier.rows import COLUMNS
from bauta.measurement import Measurement, Value

DIGITS = 6
BINS = 100
"""Bins of a distribution of similarities from -1 to 1: half as many as are measured, enough to see."""

ATTACK = ("view", "matcher", "protocol", "recognizer", "pooling", "jpeg", "parts", "counts")
"""What describes an attack of the suite."""

CONFUSIONS = {"before": "clear faces", "after": "anonymized faces"}
"""The confusion matrices of a measurement `expression` and what they are of."""


@dataclass
class Reasons:
    """The reasons of missing values, each once."""

    places: dict[str, int] = field(default_factory=dict)

    def packed(self, value: Value, digits: int | None = DIGITS) -> Any:
        """A value in the compact form."""
        if value.value is None:
            return self.places.setdefault(value.reason or "", len(self.places))
        numbers = [_rounded(number, digits) for number in (value.value, value.low, value.high)]
        whole = [*numbers, value.n]
        while whole[-1] is None:
            whole.pop()
        return whole


def payload(frontier: Frontier, sets: Mapping[Place, MeasuredSet]) -> dict[str, Any]:
    """Everything that the script of the page shows.

    Args:
        frontier: The result of a run.
        sets: The measured sets, for the attacks, the distributions and the confusion matrices.
    """
    reasons = Reasons()
    floors = floors_of(frontier)
    datasets = [_dataset(found, frontier, sets, reasons) for found in frontier.datasets]
    return {
        "run": frontier.run,
        "floors": {"privacy": floors.privacy, "utility": floors.utility},
        "columns": list(COLUMNS),
        "datasets": datasets,
        "reasons": list(reasons.places),
    }


def packed(content: Mapping[str, Any]) -> str:
    """JSON, compressed and as base64, in which no text of a run can end a script or begin a tag."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")


def floors_of(frontier: Frontier) -> Floors:
    """The floors of the configuration, or the default ones where it is not recorded."""
    config = frontier.provenance.get("config") or {}
    return Floors.model_validate((config.get("frontier") or {}).get("floors") or {})


def _dataset(
    found: DatasetFrontier, frontier: Frontier, sets: Mapping[Place, MeasuredSet], reasons: Reasons
) -> dict[str, Any]:
    axes = {
        "privacy": privacy_choices(found, frontier.privacy_axis),
        "utility": utility_choices(found, frontier.utility_axis),
    }
    look = {backend: to_hex(one.color) for backend, one in looks(found.rows).items()}
    names = readable([row.label for row in found.rows])
    sentence = found.advice.sentence
    return {
        "dataset": found.dataset,
        "advice": sentence,
        "unfit": sentence.removeprefix(UNFIT) if sentence.startswith(UNFIT) else None,
        "failed": bool(frontier.failed_controls(found.dataset)),
        "recognizers": list(found.recognizers),
        "teachers": list(found.teachers),
        "colors": look,
        "axes": {name: [_choice(one, reasons) for one in choices] for name, choices in axes.items()},
        "clear": _curves(_clear_of(found, sets)),
        "rows": [_row(row, names[row.label], _set_of(row, found, sets), reasons) for row in found.rows],
    }


def _choice(choice: Choice, reasons: Reasons) -> dict[str, Any]:
    return {
        "measure": choice.measure,
        "who": choice.who,
        "title": choice.title,
        "values": [reasons.packed(value, None) for value in choice.values],
        "told": list(choice.told),
        "bounds": list(choice.bounds),
    }


def _row(
    row: SettingResult, name: str, measured: Mapping[str, Sequence[Measurement]], reasons: Reasons
) -> dict[str, Any]:
    def packed_of(values: Mapping[str, Value]) -> dict[str, Any]:
        return {name: reasons.packed(value) for name, value in values.items()}

    return {
        "label": row.label,
        "name": " ".join(name.split()),
        "backend": row.backend,
        "control": row.is_control,
        "candidate": row.is_candidate,
        "valid": row.valid,
        "pareto": row.pareto,
        "knee": row.knee,
        "infeasible": row.infeasible,
        "notes": list(row.notes),
        "sees": list(row.sees),
        "judges": list(row.judges),
        "partial": row.partial,
        "worst": row.worst_attacker,
        "values": [reasons.packed(row.values[column]) for column in COLUMNS],
        "recognizers": {who: packed_of(own) for who, own in row.by_recognizer.items()},
        "teachers": {who: packed_of(own) for who, own in row.by_teacher.items()},
        "attacks": [
            [*(attack.get(name) for name in ATTACK), reasons.packed(_value_of(attack))]
            for suite in measured["suite"]
            for attack in suite.curves.get("attacks", ())
        ],
        "similarity": _curves(measured["attack"]),
        "confusion": {
            read.model: {
                "classes": read.curves["classes"],
                **{when: read.curves[f"confusion_{when}"] for when in CONFUSIONS},
            }
            for read in measured["expression"]
            if all(f"confusion_{when}" in read.curves for when in CONFUSIONS)
        },
    }


def _set_of(
    row: SettingResult, found: DatasetFrontier, sets: Mapping[Place, MeasuredSet]
) -> Mapping[str, Sequence[Measurement]]:
    """Kind → its measurements of a setting, of a pair of datasets from the one that they are of."""
    identity, expression = (
        (row.dataset, row.dataset) if found.pair is None else (found.pair.identity, found.pair.expression)
    )
    of_kind = {"attack": identity, "suite": identity, "expression": expression}
    places = {kind: (dataset, row.backend, row.setting) for kind, dataset in of_kind.items()}
    return {
        kind: list(sets[place].found[kind].values()) if place in sets else []
        for kind, place in places.items()
    }


def _clear_of(found: DatasetFrontier, sets: Mapping[Place, MeasuredSet]) -> list[Measurement]:
    dataset = found.dataset if found.pair is None else found.pair.identity
    place = (dataset, *ORIGINAL)
    return list(sets[place].found["attack"].values()) if place in sets else []


def _curves(attacks: Iterable[Measurement]) -> dict[str, dict[str, Any]]:
    """Recognizer → protocol → the numbers of pairs of one person and of two in each bin of similarity."""
    return {
        attack.model or "": {
            protocol: {kind: _rebinned(curve[kind]) for kind in ("genuine", "impostor")}
            for protocol, curve in attack.curves.items()
            if isinstance(curve, Mapping) and {"genuine", "impostor", "bin_edges"} <= set(curve)
        }
        for attack in attacks
    }


def _rebinned(counts: Sequence[int]) -> list[int]:
    """Counts in at most `BINS` bins of equal width."""
    width = max(1, len(counts) // BINS)
    return [sum(counts[start : start + width]) for start in range(0, len(counts), width)]


def _value_of(attack: Mapping[str, Any]) -> Value:
    return Value(**{name: attack.get(name) for name in Value.model_fields})


def _rounded(number: float | None, digits: int | None) -> float | None:
    if number is None or digits is None:
        return number
    short = float(f"{number:.{digits}g}")
    return int(short) if short.is_integer() else short
