"""From all measurements of one anonymized set to one row of the frontier: joined, then judged."""

from collections.abc import Iterator, Mapping, Sequence

from bauta.anonymize.settings import LABELS, teachers_in
from bauta.attack.proof import doubts, nothing_adapts
from bauta.express.remarks import remarks as clipped
from bauta.frontier.judges import Judges
from bauta.frontier.measured import MeasuredDataset, MeasuredSet, value_of
from bauta.frontier.result import SettingResult
from bauta.measurement import Measurement, Value
from bauta.metrics.axes import VERIFICATION_AXES, Axis, clear_floor, unlabelled, worst_verification
from bauta.metrics.preservation_axes import PRESERVED
from bauta.metrics.utility import UtilityAxis

PROTOCOLS = {"naive": "top1", "reverse": "reverse_top1", "parrot": "parrot_top1"}
"""Protocol → the column of its top-1."""

NOT_MEASURED: Mapping[str, str] = {
    "attack": "no recognizer attacked this set",
    "adapt": "the adaptive attacker is not part of this run",
    "suite": "the attack suite is not part of this run",
    "soft": "no attributes of these people are known, or reading them is not part of this run",
    "expression": "no teacher read this set: no expression labels, or no teacher in the config",
    "realism": "realism is not part of this run",
    "preservation": "no estimator of this run reads it: name one in `preservation`",
    "coverage": "the coverage of this set was not measured",
    "audit": "the backend was not audited on this set",
}


def _named_alike(names: str, prefix: str = "") -> dict[str, str]:
    return {name: prefix + name for name in names.split()}


SOURCES: Mapping[str, Mapping[str, str]] = {
    "coverage": _named_alike(
        "n_images n_subjects coverage detected anonymized redetected n_outputs bound_top1 bound_top1_pooled"
    ),
    "attack": {
        **_named_alike("top1 top1_covered auc eer tar_at_far_1e-2 tar_at_far_1e-3", prefix="naive_"),
        **_named_alike("chance_top1 naive_top5 reverse_top1 parrot_top1 cosine_distance pairs_accuracy"),
        **_named_alike("tar_at_clear_threshold far_at_clear_threshold"),
    },
    "adapt": _named_alike("adaptive_top1 adaptive_top1_covered adaptive_clear_top1"),
    "suite": _named_alike("worst_top1_pooled max_top1 max_top1_pooled recovery_gap exposed_people link_top1"),
    "soft": _named_alike("attributes_kept group_gap"),
    "expression": {
        "relative_macro_f1": "utility",
        **_named_alike("clear_macro_f1 macro_f1 macro_f1_covered accuracy kappa kl js ece preserved"),
    },
    "realism": _named_alike("ssim psnr lpips fid identical"),
    "preservation": _named_alike(" ".join(PRESERVED)),
    "audit": _named_alike("leaks_pixels passed_difference leaks_labels"),
}
"""Kind of the measurement → column → name of the value."""

READERS = {"utility_reader_anonymized": "resnet18_anonymized", "utility_reader_both": "resnet18_both"}
"""Column → teacher that has adapted to the set; its utility is relative to the originals."""
ATTACKED = ("attack", "adapt", "suite")
BOUNDS = ("bound_top1", "bound_top1_pooled")
"""Columns of what no attack exceeds, with one probe and with all of a person."""
OF_CLEAR = ("clear_top1", "clear_auc", "clear_pairs_accuracy")
"""Columns of the clear baseline."""

MEASURED = tuple(column for columns in SOURCES.values() for column in columns)
WORST = ("worst_top1", *VERIFICATION_AXES)
RANGE = ("utility_least", "utility_greatest")
"""The utility by the judge that sees the least of the expressions, and by the one that sees the most."""

COLUMNS = (*MEASURED, *READERS, *OF_CLEAR, *WORST, "privacy", "utility", *RANGE, "pareto_share", "knee_share")
"""Every value of a row."""


def join_row(
    one: MeasuredSet, dataset: MeasuredDataset, privacy: Axis, utility: UtilityAxis
) -> SettingResult:
    """Join measurements to one row of the frontier, before it is judged.

    The first recognizer of the dataset provides the columns without a name; those of `WORST` range over all
    recognizers. Those of the expressions are means over the teachers that judge the set.
    """
    nobody = dataset.limits.identities
    absent = NOT_MEASURED if nobody is None else {**NOT_MEASURED, **dict.fromkeys(ATTACKED, nobody)}
    recognizer, judges = next(iter(dataset.recognizers), None), Judges.of(one, dataset)
    models = dict.fromkeys(("attack", "adapt", "soft"), recognizer)
    values: dict[str, Value] = {}
    for kind, columns in SOURCES.items():
        if kind == "expression":
            values |= {column: judges.mean(name, absent[kind]) for column, name in columns.items()}
            continue
        measurement = one.get(kind, models.get(kind))
        for column, name in columns.items():
            if kind == "preservation":
                measurement = one.first_with(kind, name)
            values[column] = value_of(measurement, name, absent[kind])
    for column, reader in READERS.items():
        measurement = one.get("expression", reader)
        values[column] = value_of(measurement, "utility", "this reader was not trained on the set")
    clear = {name: one.clear_value(recognizer, name) for name in OF_CLEAR}
    worst, attacker = _worst_attacker(one, dataset.recognizers)
    numbers = {name: _numbers_of(name, one) for name in dataset.recognizers}
    verification, verifiers = worst_verification(numbers, tuple(PROTOCOLS), NOT_MEASURED["attack"])
    if nobody is not None and values["n_subjects"].value is not None:
        # The subjects of frames are their clips.
        values |= dict.fromkeys(("n_subjects", *BOUNDS), Value.missing(nobody))
    of_identities = {**clear, "worst_top1": worst, **verification}
    values |= of_identities if nobody is None else dict.fromkeys(of_identities, Value.missing(nobody))
    values["privacy"] = privacy.scale(values[privacy.column], values["chance_top1"])
    values["utility"] = utility.scale(values)
    by_teacher = _by_teacher(judges, values, utility)
    values |= _range(judges, by_teacher)
    which = {"dataset": one.dataset, "backend": one.backend, "setting": one.setting}
    sees = dataset.limits.sees.get(one.backend, {}).get(one.setting, ())
    of_attackers = {"worst_attacker": attacker, "worst_verifiers": verifiers, "by_recognizer": numbers}
    of_teachers = {"judges": judges.names, "partial": judges.partial, "by_teacher": by_teacher}
    return SettingResult(**which, sees=sees, values=values, **of_attackers, **of_teachers)


def infeasible_row(dataset: str, place: tuple[str, str], reason: str) -> SettingResult:
    """Create the row of a backend and setting that could not be anonymized: the reason instead of numbers."""
    values, told = dict.fromkeys(COLUMNS, Value.missing(reason)), (f"infeasible: {reason}",)
    which = {"dataset": dataset, "backend": place[0], "setting": place[1]}
    return SettingResult(**which, values=values, valid=False, notes=told, infeasible=reason)


def _by_teacher(
    judges: Judges, values: Mapping[str, Value], utility: UtilityAxis
) -> dict[str, dict[str, Value]]:
    """All numbers of each teacher that read a set, and the utility if it alone judged it."""
    found = {}
    for name, read in judges.read.items():
        own = {column: value_of(read, named, "") for column, named in SOURCES["expression"].items()}
        found[name] = {**read.values, **own, "utility": utility.scale({**values, **own})}
    return found


def _range(judges: Judges, by_teacher: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    known = [by_teacher[name]["utility"].value for name in judges.names]
    numbers = [number for number in known if number is not None]
    if not numbers:
        return dict.fromkeys(RANGE, Value.missing(judges.why_none or "no teacher gives it a utility"))
    ends = zip(RANGE, (min(numbers), max(numbers)), strict=True)
    return {column: Value(value=number, n=len(numbers)) for column, number in ends}


def _numbers_of(recognizer: str, one: MeasuredSet) -> dict[str, Value]:
    """All numbers of a recognizer's attacks on a set, and those of the clear faces that are columns."""
    numbers = {name: one.clear_value(recognizer, name) for name in OF_CLEAR}
    for kind in ("attack", "adapt"):
        measurement = one.get(kind, recognizer)
        numbers |= {name: value_of(measurement, name, NOT_MEASURED[kind]) for name in SOURCES[kind].values()}
        numbers |= {} if measurement is None else measurement.values
    return numbers


def judge(
    row: SettingResult, one: MeasuredSet, dataset: MeasuredDataset, adaptive: bool, protocols: Sequence[str]
) -> SettingResult:
    """Return the joined row of a set with its verdict: `valid` and `notes`.

    Without identities, no attacker can be weak, because the row makes no claim about privacy. `adaptive` is
    whether the adaptive attacker is part of the run, and `protocols` lists the protocols of the run.
    """
    nobody = dataset.limits.identities
    judges = Judges.of(one, dataset)
    problems = [*_seeing_audit(one.get("audit")), *_weak_teachers(judges)]
    if nobody is None:
        weak = _weak_adaptive_attackers(one, dataset.recognizers, expected=adaptive)
        problems = [*_weak_recognizers(row, one, dataset.recognizers), *weak, *problems]
        if nothing_adapts(dataset.proofs):
            problems.append("no attack that adapts works even on a light blur")
    notes = [note for measured in one.every if measured.kind != "realism" for note in measured.notes]
    remarks = [note for note in notes if not any(note in text for text in problems)]
    remarks += doubts(dataset.proofs)
    remarks += [*_seen_labels(row), *_not_judging(judges)]
    for name in judges.names:
        who = f"{name}: " if len(judges.names) > 1 else ""
        remarks += [who + remark for remark in clipped(judges.read[name])]
    absent = [p for p, column in PROTOCOLS.items() if p in protocols and row.values[column].value is None]
    if nobody is not None:
        remarks.append(f"no privacy: {nobody}")
    elif absent:
        remarks.append(f"worst case without the protocols {', '.join(absent)}")
    if unlabelled(row.values):
        remarks.append("utility is Cohen's κ: the dataset has no expression labels")
    coverage = row.values["coverage"].value
    if coverage is not None and coverage < 1.0:
        remarks.append(f"coverage {coverage:.3f}: faces without an output count as leaks and as wrong")
    told = tuple(dict.fromkeys([*(f"invalid: {problem}" for problem in problems), *remarks]))
    return row.model_copy(update={"valid": not problems, "notes": told})


def _weak_recognizers(row: SettingResult, one: MeasuredSet, recognizers: Sequence[str]) -> Iterator[str]:
    """Reasons if all recognizers are weak; a weak one beside a strong one only adds attacks."""
    chance = row.values["chance_top1"].value
    reached = {name: one.clear_value(name, "clear_top1").value for name in recognizers}
    scored = {name: top1 for name, top1 in reached.items() if top1 is not None}
    if not scored or chance is None:
        yield "no recognizer was scored on the clear faces, so the attack proves nothing"
        return
    best, floor = max(scored, key=lambda name: scored[name]), clear_floor(chance)
    if scored[best] < floor:
        yield f"{best} reaches top-1 {scored[best]:.3f} on clear faces, expected at least {floor:.3f}"


def _weak_adaptive_attackers(one: MeasuredSet, recognizers: Sequence[str], *, expected: bool) -> list[str]:
    reasons = {
        name: _why_adaptive_is_weak(adapt, one.clear_value(name, "clear_top1").value)
        for name in recognizers
        if (adapt := one.get("adapt", name)) is not None
    }
    if not reasons:
        return ["the adaptive attacker was not scored on this set"] if expected else []
    weak = all(reasons.values())
    return [f"adaptive attacker on {name} {reason}" for name, reason in reasons.items() if weak]


def _why_adaptive_is_weak(adapt: Measurement, fixed: float | None) -> str | None:
    """Trap 11: an attacker that failed to learn is weaker on clear faces than the fixed one."""
    if value_of(adapt, "adaptive_valid", "").value == 0.0:
        return "is weaker on clear faces than the fixed attacker"
    adaptive = value_of(adapt, "adaptive_clear_top1", "")
    if adaptive.value is None:
        return "was not scored on clear faces"
    reach = adaptive.high if adaptive.high is not None else adaptive.value
    if fixed is not None and reach < fixed:
        return f"reaches top-1 {adaptive.value:.3f} on clear faces, the fixed attacker {fixed:.3f}"
    return None


def _weak_teachers(judges: Judges) -> Iterator[str]:
    """Reasons if no teacher that could judge the set can read the clear faces."""
    if not judges.names and judges.invalid:
        yield from judges.invalid.values()


def _not_judging(judges: Judges) -> Iterator[str]:
    """Trap 27: a teacher with a part in making the set has a utility of its own, which is told apart."""
    for name, why in judges.partial.items():
        yield f"{name} does not judge its utility: {why}"
    if judges.names:
        yield from judges.invalid.values()


def _seeing_audit(audit: Measurement | None) -> list[str]:
    """Trap 4: a backend declares not to see the face, or not the labels, but its output changes with them."""
    if audit is None:
        return []
    pixels = value_of(audit, "declared_blind", "").value and value_of(audit, "leaks_pixels", "").value
    return audit.notes if pixels or value_of(audit, "leaks_labels", "").value else []


def _seen_labels(row: SettingResult) -> Iterator[str]:
    """Trap 26: a backend is told the expressions that its utility is scored on, or what a teacher reads."""
    if LABELS in row.sees:
        yield "sees: labels, which utility is scored on: neither in the Pareto set nor advised"
    for name in teachers_in(row.sees):
        yield f"sees: posteriors:{name}"


def _worst_attacker(one: MeasuredSet, recognizers: Sequence[str]) -> tuple[Value, str | None]:
    """The higher top-1 of the suite's attack and the adaptive one; without a suite also of all protocols.

    Neither is chosen on the probes: one on other people, the other by cross-validation within the enrolled.
    """
    worst, attacker = Value.missing("no attacker was scored on this set"), None
    suite, protocols = one.get("suite"), (*PROTOCOLS, "adaptive")
    if suite is not None and (top1 := value_of(suite, "worst_top1", "none")).value is not None:
        worst, attacker = top1, str(suite.provenance["worst_one"])
        protocols = ("adaptive",)
    for protocol in protocols:
        for recognizer in recognizers:
            measurement = one.get("adapt" if protocol == "adaptive" else "attack", recognizer)
            top1 = value_of(measurement, f"{protocol}_top1", "not measured")
            if top1.value is not None and (worst.value is None or top1.value > worst.value):
                worst, attacker = top1, f"{protocol}/{recognizer}"
    return worst, attacker
