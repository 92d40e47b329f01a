"""Whether a run supports its numbers, point by point, and what was tested and what was not, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bauta.attack.protocols import PROTOCOLS
from bauta.attack.views import VIEWS
from bauta.frontier.measured import MeasuredSet, Place
from bauta.frontier.result import Control, DatasetFrontier, Frontier
from bauta.metrics.axes import clear_floor
from bauta.metrics.bounds import is_empty
from bauta.recognize import RECOGNIZERS

State = Literal["passed", "failed", "doubt", "open"]

ON_SCORED = "the attack was chosen on the scored people"
"""Start of the note of a setting whose attack was not chosen on other people."""

WIDE = 0.25
"""Width of an interval of the privacy above which settings can hardly be told apart."""


@dataclass(frozen=True)
class Check:
    """A point of the checklist: what must hold, whether it does, and by which numbers."""

    what: str
    state: State
    told: str


def checklist(found: DatasetFrontier, controls: Sequence[Control]) -> list[Check]:
    """Whether the numbers of a dataset can be trusted, point by point.

    Args:
        found: Its frontier.
        controls: The controls of the run.
    """
    own = [control for control in controls if control.dataset == found.dataset]
    checks = [_controls(own)]
    if found.limits.identities is None:
        checks += [_recognizers(found), _adaptive(found), _proofs(found), _chosen(found), _intervals(found)]
    else:
        checks.append(Check("Attackers recognize people", "open", f"not checked: {found.limits.identities}"))
    return [*checks, _teachers(found), _judges(found), _coverage(found), _settings(found)]


def _controls(own: Sequence[Control]) -> Check:
    what = "The controls hold"
    told = ", ".join(f"{control.name} {control.verdict}" for control in own)
    if any(control.failed for control in own) or not own:
        return Check(what, "failed", told or "no control was run")
    return Check(what, "passed" if all(control.passed for control in own) else "open", told)


def _recognizers(found: DatasetFrontier) -> Check:
    what = "A recognizer recognizes the clear faces"
    row = next(iter(found.measured), None)
    numbers = {} if row is None else row.by_recognizer
    scored = {
        name: value.value
        for name, own in numbers.items()
        if (value := own.get("clear_top1")) is not None and value.value is not None
    }
    chance = None if row is None else row.values["chance_top1"].value
    if not scored or chance is None:
        return Check(what, "failed", "no recognizer was scored on the clear faces")
    floor = clear_floor(chance)
    told = ", ".join(f"{name} top-1 {top1:.2f}" for name, top1 in scored.items())
    state: State = "passed" if max(scored.values()) >= floor else "failed"
    return Check(what, state, f"{told}; at least {floor:.2f} is needed of one")


def _adaptive(found: DatasetFrontier) -> Check:
    what = "The attacker adapts to each setting"
    known = [row for row in found.measured if row.values["adaptive_top1"].value is not None]
    if len(known) == len(found.measured) and known:
        return Check(what, "passed", f"an attacker learnt from each of {len(known)} settings")
    reason = next((row.values["adaptive_top1"].reason for row in found.measured if row not in known), None)
    return Check(what, "doubt", f"on {len(known)} of {len(found.measured)} settings: {reason}")


def _proofs(found: DatasetFrontier) -> Check:
    what = "Every attack succeeds on a light blur, where it must"
    judged = [proof for proof in found.proofs if proof.works is not None]
    failed = [proof.label for proof in judged if proof.works is False]
    if not judged:
        return Check(what, "open", "not checked: no attack was tried on the light blur")
    if failed:
        return Check(what, "doubt", f"no evidence by {', '.join(failed)}, which fail there too")
    return Check(what, "passed", f"all {len(judged)} attacks do")


def _chosen(found: DatasetFrontier) -> Check:
    what = "The worst attack was chosen on people who are not scored"
    own = [row for row in found.measured if any(note.startswith(ON_SCORED) for note in row.notes)]
    if own:
        note = next(note for note in own[0].notes if note.startswith(ON_SCORED))
        return Check(what, "doubt", f"{note} ({len(own)} of {len(found.measured)} settings)")
    suites = [row for row in found.measured if row.values["max_top1"].value is not None]
    if not suites:
        return Check(
            what, "open", "the attack suite is no part of this run: the worst of the fixed attacks counts"
        )
    return Check(what, "passed", f"on all of {len(suites)} settings")


def _intervals(found: DatasetFrontier) -> Check:
    what = "There are enough people for the intervals"
    rows = [row for row in found.measured if row.values["privacy"].value is not None]
    widths = sorted(
        value.high - value.low
        for row in rows
        if (value := row.values["privacy"]).low is not None and value.high is not None
    )
    people = next((row.values["n_subjects"].value for row in rows), None)
    who = "" if people is None else f" over {people:,.0f} people"
    if not widths:
        return Check(what, "failed" if rows else "open", "no privacy has an interval")
    median = widths[len(widths) // 2]
    state: State = "passed" if median <= WIDE else "doubt"
    return Check(
        what, state, f"the median interval of the privacy{who} is {median:.2f} wide; up to {WIDE:g} is good"
    )


def _teachers(found: DatasetFrontier) -> Check:
    what = "A teacher reads the clear faces"
    seen: dict[str, tuple[float | None, float | None]] = {}
    for row in found.measured:
        for name, own in row.by_teacher.items():
            valid, clear = (own.get(what) for what in ("teacher_valid", "clear_macro_f1"))
            seen.setdefault(name, (valid.value if valid else None, clear.value if clear else None))
    if not seen:
        reason = next((row.values["utility"].reason for row in found.measured), None)
        return Check(what, "open", f"not checked: {reason or 'nothing was measured'}")
    labelled = {name: (valid, clear) for name, (valid, clear) in seen.items() if clear is not None}
    if not labelled:
        told = "the dataset has no labels: what teachers read before and after is compared"
        return Check(what, "open", f"not checked: {told}")
    told = ", ".join(f"{name} macro-F1 {clear:.2f}" for name, (_, clear) in labelled.items())
    state: State = "passed" if any(valid == 1.0 for valid, _ in labelled.values()) else "failed"
    weak = [name for name, (valid, _) in labelled.items() if valid != 1.0]
    return Check(what, state, told + (f"; {', '.join(weak)} judges nothing here" if weak else ""))


def _judges(found: DatasetFrontier) -> Check:
    what = "Teachers that judge a setting had no part in making it"
    read = [row for row in found.measured if row.by_teacher]
    without = [row.label for row in read if not row.judges]
    partial = sorted({f"{name} ({why})" for row in read for name, why in row.partial.items()})
    told = f"left out of the utility: {', '.join(partial)}" if partial else "none had"
    if not read:
        return Check(what, "open", "not checked: no teacher read a set")
    if without:
        return Check(what, "doubt", f"{told}; nobody judges {_some(without)}")
    return Check(what, "passed", told)


def _coverage(found: DatasetFrontier) -> Check:
    what = "Every face has an output"
    known = {
        row.label: value for row in found.measured if (value := row.values["coverage"].value) is not None
    }
    gaps = {label: value for label, value in known.items() if value < 1.0}
    if not known:
        return Check(what, "open", "the coverage was not measured")
    if gaps:
        told = _some([f"{label} {gaps[label]:.3f}" for label in sorted(gaps, key=gaps.__getitem__)])
        return Check(what, "doubt", f"{told}; a face without one counts as identified and as misread")
    return Check(what, "passed", f"of all {len(known)} settings")


def _settings(found: DatasetFrontier) -> Check:
    what = "Every setting is valid"
    bad = [row.label for row in found.rows if not row.valid]
    if not bad:
        return Check(what, "passed", f"all {len(found.rows)} of them")
    told = f"{len(bad)} of {len(found.rows)} are not, for the reason in the note: {_some(bad)}"
    return Check(what, "failed" if len(bad) == len(found.rows) else "doubt", told)


def bound_in_words(found: DatasetFrontier) -> str:
    """What is known of attackers stronger than those tested, for the advised setting or the knee."""
    if found.limits.identities:
        return f"None: {found.limits.identities}."
    row = next((row for row in found.rows if row.label == found.advice.setting), found.knee)
    bounded = [one for one in found.measured if not is_empty(one.values["bound_top1"])]
    if row is not None and row in bounded:
        top1, pooled = (row.values[name] for name in ("bound_top1", "bound_top1_pooled"))
        people = (
            ""
            if is_empty(pooled)
            else f", nor more than {pooled.value:.3f} of the people by all their pictures"
        )
        return (
            f"Whatever is learnt, no attack that knows the outputs of {row.label} alone names more than "
            f"{top1.value:.3f} of the probes{people}; one whose probe is clear may."
        )
    others = f" {_some([row.label for row in bounded])} have one, listed below." if bounded else ""
    which = "" if row is None else f" for {row.label}"
    return f"None{which}: a stronger attacker than those tested may identify more.{others}"


def _some(texts: Sequence[str]) -> str:
    """The first few of a list, and how many more there are."""
    return ", ".join(texts[:4]) + (f" and {len(texts) - 4} more" if len(texts) > 4 else "")


def tested(found: DatasetFrontier, sets: Mapping[Place, MeasuredSet]) -> str:
    """What attacked, read and was shown, in one sentence."""
    kinds = {
        (one["view"], one["matcher"], one["protocol"], one["recognizer"], one["pooling"], one["jpeg"])
        for one in _attacks(found, sets)
    }
    parts = [f"{len(found.measured)} settings"]
    if kinds:
        views, matchers = ({kind[place] for kind in kinds} for place in (0, 1))
        parts.append(
            f"{len(kinds)} attacks on each at most: the views {', '.join(sorted(views))} by "
            f"{', '.join(sorted(matchers))}"
        )
    if found.recognizers:
        parts.append(f"recognizers {', '.join(found.recognizers)}")
    if found.teachers:
        parts.append(f"teachers {', '.join(found.teachers)}")
    return "; ".join(parts) + "."


def _attacks(found: DatasetFrontier, sets: Mapping[Place, MeasuredSet]) -> list[Mapping[str, Any]]:
    """Every attack of the suites on a dataset."""
    dataset = found.dataset if found.pair is None else found.pair.identity
    return [
        attack
        for row in found.measured
        if (one := sets.get((dataset, row.backend, row.setting))) is not None
        for suite in one.found["suite"].values()
        for attack in suite.curves.get("attacks", ())
    ]


def not_tested(found: DatasetFrontier, frontier: Frontier, sets: Mapping[Place, MeasuredSet]) -> list[str]:
    """What the run left out, and what no run of bauta tests."""
    return [*_left_out(found, frontier, sets), *NEVER]


NEVER = (
    "attackers who know more than the pictures: file names, order, what surrounds the crop, voice, place",
    "people other than those of the dataset, and a search among millions",
)


def _left_out(found: DatasetFrontier, frontier: Frontier, sets: Mapping[Place, MeasuredSet]) -> Iterator[str]:
    config = frontier.provenance.get("config") or {}
    attacks = config.get("attacks")
    if found.limits.identities is None and attacks is not None:
        if absent := [name for name in PROTOCOLS if name not in attacks.get("protocols", PROTOCOLS)]:
            yield f"the protocols {', '.join(absent)}"
        shown = {part for attack in _attacks(found, sets) for part in attack["view"].split("+")}
        if absent := [name for name in VIEWS if name not in shown.union(attacks.get("views", ()))]:
            yield f"the views of a picture {', '.join(absent)}"
        if not (attacks.get("adaptive") or {}).get("enabled", True):
            yield "an attacker that adapts to each setting"
        if absent := [name for name in RECOGNIZERS if name not in found.recognizers]:
            yield f"the recognizers {', '.join(absent)}"
    yield from found.infeasible
