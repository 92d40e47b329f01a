"""Feasibility checks: whether the people and labels of a dataset support a measurement, and if not, why.

Each check runs twice: in `bauta.judge.judge` on the images of a split, before any face is detected, and in
the jobs on the faces that were found. A check returns None, or a reason with a remedy, which
`bauta.io.infeasible.require` raises.
"""

from collections.abc import Mapping
from typing import Any

from bauta.anonymize.settings import LABELS, SETTINGS
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.io.infeasible import require


def usable(faces: FaceTable) -> FaceTable:
    """The faces that have an image."""
    return faces.with_status(Status.OK)


def why_unidentified(faces: FaceTable) -> str | None:
    """The reason why nobody among the scored faces can be identified: attacks need a gallery and probes."""
    scored = usable(faces).partition("test").identified()
    people = set(scored.subjects)
    if not people:
        return "nobody can be identified: no scored face has a known identity"
    if len(people) < 2:
        return "nobody can be identified: expected at least 2 scored people, got 1; add people"
    roles = list(zip(scored.roles, scored.subjects, strict=True))
    probed = {subject for role, subject in roles if role == "probe"}
    enrolled = {subject for role, subject in roles if role == "enrol"}
    if not probed:
        return (
            f"nobody can be identified: there are no probes, as none of {len(people)} scored people has a "
            "second image; add images of them"
        )
    if len(enrolled) < 2:
        return (
            f"nobody can be identified: expected at least 2 people in the gallery, got {len(enrolled)}; add "
            "images"
        )
    if not probed & enrolled:
        return "nobody can be identified: no probe shows a person of the gallery; add images"
    return None


def require_grouped(faces: FaceTable, config: Mapping[str, Any]) -> None:
    """Stop a job whose faces cannot be anonymized at its setting; see `why_ungrouped`.

    Args:
        faces: All faces to anonymize.
        config: The job's parameters, with `backend` and `options`.

    Raises:
        InfeasibleError: they cannot.
    """
    require(why_ungrouped(config["backend"], config["options"], faces))


def why_ungrouped(backend: str, options: Mapping[str, Any], faces: FaceTable) -> str | None:
    """The reason why faces cannot be anonymized at a setting: no known identities, or too few people for k.

    A backend that groups by a teacher's predictions needs no labels, and as many people as one that does not
    look at expressions, because it gives up those that too few people show.

    Args:
        backend: Name of the anonymizer.
        options: Options of its setting.
        faces: All faces to anonymize.
    """
    setting = SETTINGS[backend](**options)
    known = usable(faces)
    if "subjects" in setting.sees:
        known = known.identified()
        if len(known) == 0:
            return "it needs identities, and no face has a known one"
    if LABELS in setting.sees:
        known = known.labelled()
        if len(known) == 0:
            return "it needs expression labels, and no face has one; label the images or leave it out"
    if setting.group is None:
        return None
    people = _people_by_expression(known, apart=LABELS in setting.sees)
    expression, count = min(people.items(), key=lambda item: (item[1], str(item[0])))
    if count < setting.group:
        of = "" if expression is None else f" with the expression '{expression}'"
        among = "who are scored" if set(known.partitions) == {"test"} else "to train teachers on"
        return (
            f"k={setting.group} needs at least {setting.group} people{of} {among}, got {count}; lower k or "
            "add people"
        )
    return None


def _people_by_expression(faces: FaceTable, *, apart: bool) -> dict[str | None, int]:
    """The number of people, in total or for each expression."""
    people: dict[str | None, set[str | None]] = {}
    for subject, expression in zip(faces.subjects, faces.expressions, strict=True):
        people.setdefault(expression if apart else None, set()).add(subject)
    return {expression: len(subjects) for expression, subjects in people.items()}
