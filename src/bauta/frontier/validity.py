"""Which rows the measurements support, and what their readers must know."""

from bauta.frontier.collection import Collection, clear_value
from bauta.frontier.join import PROTOCOLS
from bauta.frontier.result import SettingResult
from bauta.measurement import Measurement

CLEAR_FLOOR = 0.5
"""What a recognizer must reach on clear faces: at least half of what lies between chance and certainty.

The privacy axis is the same chance-corrected ratio. With a weaker recognizer more than half of the axis would
be given away before any face was anonymized. Corrected for chance, the floor also holds for few subjects,
where a multiple of chance would exceed 1.
"""


def judge(
    row: SettingResult,
    collection: Collection,
    *,
    recognizers: list[str],
    teachers: list[str],
    adaptive_expected: bool,
    protocols_expected: list[str],
    identities: str | None = None,
) -> SettingResult:
    """The row with its verdict: `valid` and `notes`.

    Where `identities` says why nobody is known, no attacker can be weak: the row makes no claim on privacy.
    """
    place = (row.dataset, row.backend, row.setting)
    problems = _seeing_audit(collection.get("audit", *place))
    problems += _weak_teacher(row, collection.get("expression", *place, teachers[0]) if teachers else None)
    if identities is None:
        problems = [
            *_weak_recognizers(row, collection, recognizers),
            *_weak_adaptive_attackers(row, collection, recognizers, expected=adaptive_expected),
            *problems,
        ]
    measured = [one for one in collection.of_set(*place) if one.kind != "realism"]
    remarks = [note for one in measured for note in one.notes if not any(note in text for text in problems)]
    if identities is None:
        remarks += _incomplete_worst_case(row, protocols_expected)
    else:
        remarks.append(f"no privacy: {identities}")
    if row.utility_is_kappa:
        remarks.append("utility is Cohen's κ: the dataset has no expression labels")
    coverage = row.values["coverage"].value
    if coverage is not None and coverage < 1.0:
        remarks.append(f"coverage {coverage:.3f}: faces without an output count as leaks and as wrong")
    notes = tuple(dict.fromkeys([*problems, *remarks]))
    return row.model_copy(update={"valid": not problems, "notes": notes})


def clear_floor(chance: float) -> float:
    """Top-1 on clear faces below which a recognizer supports no claim, for a chance of 1/N."""
    return chance + CLEAR_FLOOR * (1.0 - chance)


def _weak_recognizers(row: SettingResult, collection: Collection, recognizers: list[str]) -> list[str]:
    """A weak recognizer beside a strong one only adds attacks, so all must be weak to sink the row."""
    chance = row.values["chance_top1"].value
    reached = {name: clear_value(collection, row.dataset, name, "clear_top1").value for name in recognizers}
    scored = {name: top1 for name, top1 in reached.items() if top1 is not None}
    if not scored or chance is None:
        return ["invalid: no recognizer was scored on the clear faces, so the attack proves nothing"]
    best = max(scored, key=lambda name: scored[name])
    if scored[best] >= clear_floor(chance):
        return []
    return [
        f"invalid: {best} reaches top-1 {scored[best]:.3f} on clear faces, expected at least "
        f"{clear_floor(chance):.3f}"
    ]


def _weak_adaptive_attackers(
    row: SettingResult, collection: Collection, recognizers: list[str], *, expected: bool
) -> list[str]:
    place = (row.dataset, row.backend, row.setting)
    measured = {name: collection.get("adapt", *place, name) for name in recognizers}
    found = {name: one for name, one in measured.items() if one is not None}
    if not found:
        return ["invalid: the adaptive attacker was not scored on this set"] if expected else []
    reasons = {name: _why_adaptive_is_weak(row, collection, name, one) for name, one in found.items()}
    if not all(reasons.values()):
        return []
    return [f"invalid: adaptive attacker on {name} {reason}" for name, reason in reasons.items()]


def _why_adaptive_is_weak(
    row: SettingResult, collection: Collection, recognizer: str, adapt: Measurement
) -> str | None:
    """Trap 11: an attacker that never learned, weaker on clear faces than the fixed one."""
    if _value(adapt, "adaptive_valid") == 0.0:
        return "is weaker on clear faces than the fixed attacker"
    fixed = clear_value(collection, row.dataset, recognizer, "clear_top1").value
    adaptive = adapt.values.get("adaptive_clear_top1")
    if adaptive is None or adaptive.value is None:
        return "was not scored on clear faces"
    reach = adaptive.high if adaptive.high is not None else adaptive.value
    if fixed is not None and reach < fixed:
        return f"reaches top-1 {adaptive.value:.3f} on clear faces, the fixed attacker {fixed:.3f}"
    return None


def _weak_teacher(row: SettingResult, expression: Measurement | None) -> list[str]:
    """Trap 10: retention of an expression that the teacher cannot read on the originals."""
    unlabelled = row.values["clear_macro_f1"].value is None
    if expression is None or unlabelled or _value(expression, "teacher_valid") == 1.0:
        return []
    reason = row.values["relative_macro_f1"].reason
    return [f"invalid: {reason or f'teacher {expression.model} is not known to read the originals'}"]


def _seeing_audit(audit: Measurement | None) -> list[str]:
    """Trap 4: a backend that declares not to see the face, and whose output changes with it."""
    if audit is None or not _value(audit, "declared_blind") or not _value(audit, "leaks_pixels"):
        return []
    return [f"invalid: {note}" for note in audit.notes]


def _incomplete_worst_case(row: SettingResult, protocols: list[str]) -> list[str]:
    columns = {"naive": "top1", "reverse": "reverse_top1", "parrot": "parrot_top1"}
    absent = [name for name in PROTOCOLS if name in protocols and row.values[columns[name]].value is None]
    return [f"worst case without the protocols {', '.join(absent)}"] if absent else []


def _value(measurement: Measurement, name: str) -> float | None:
    found = measurement.values.get(name)
    return None if found is None else found.value
