"""The folder level that names the person in a dataset, and whether its folders look like people."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from bauta.datasets.expression_words import WORDS, normal
from bauta.datasets.files import composed, natural_order
from bauta.errors import DataError

PART = re.compile(
    r"([0-9]+[ _.-]+)?"
    r"(train|training|test|testing|val|valid|validation|dev|development|eval|evaluation|gallery|galleries"
    r"|probes?|query|queries|enrol|enroll|enrolled|enrolment|enrollment|folds?|batch|batches|session|part"
    r"|partition|subset|set|split|chunk|shard|group|males?|females?|m[ae]n|wom[ae]n|boys?|girls?|gender|sex)"
    r"([ _-]?(set|data|images|imgs|faces|split|photos|people|persons|subjects|identities))?"
    r"([ _.-]*\(?[0-9]+\)?|[ _.-][a-z])?",
    re.IGNORECASE,
)
"""Names of folders that hold a part of a dataset rather than a person."""

FEW = 10
"""Up to this many folders may be parts of a dataset, whatever their names."""

TIMES = 3
"""Smallest number of folders of people per folder of a part."""

NEARLY_ALL = 0.9
"""Share of the images that must lie in a person's folder if the folders above are parts."""

DEEPEST = 6
NAMED = 3


def subject_at(name: str, level: int) -> str | None:
    """The person named by a folder of a path; None if there is no such folder.

    Args:
        name: Path of an image, relative to the root.
        level: Index of the folder, counted from 1; 0 names no person.
    """
    folders = PurePosixPath(composed(name)).parts[:-1]
    return folders[level - 1] if 1 <= level <= len(folders) else None


def check_level(root: Path, images: Sequence[str], level: int | None) -> None:
    """Refuse a dataset in which a different folder level than the configured one seems to name the people.

    Folders do not name people if most images lie in folders such as `train` and `test`, if all are named
    after expressions, if there is only one, if no image lies that deep, or if a few of them hold many other
    folders each, see `_hold_people`.

    Args:
        root: The dataset's folder.
        images: Paths of its images.
        level: `subject_level` from the configuration. An explicit level is trusted, as people may be called
            Test, unless no image lies that deep.

    Raises:
        DataError: names the level that would work.
    """
    if level == 0 or not images:
        return
    people = _people(images, level or 1)
    reason = _doubt(images, level or 1)
    if reason is None or (level is not None and people):
        return
    which = "" if level is None else f" (subject_level: {level})"
    insist = "; if these are the people, set subject_level: 1" if people else ""
    raise DataError(
        f"expected a folder for each person below {root}{which}, got {reason}; "
        f"{_remedy(root, images) or _without_a_level(root, images)}{insist}"
    )


def _people(images: Sequence[str], level: int) -> Counter[str]:
    found = (subject_at(name, level) for name in images)
    return Counter(subject for subject in found if subject is not None)


def _doubt(images: Sequence[str], level: int) -> str | None:
    """Describe the folders of a level if they do not name people; None if they may."""
    people = _people(images, level)
    if not people:
        return "only images outside such folders"
    parts = [name for name in people if PART.fullmatch(name)]
    if sum(people[name] for name in parts) > people.total() / 2:
        return f"{_some(parts)}: parts of a dataset"
    if len(people) > 1 and _are_expressions(people):
        return f"{_some(people)}: expressions"
    if len(people) == 1:
        return f"only one, {_some(people)}"
    if len(people) <= FEW and (below := _hold_people(images, level)):
        return f"{_some(people)} with {len(below)} folders in them, {_some(below)}"
    return None


def _hold_people(images: Sequence[str], level: int) -> set[str]:
    """The folders within those of a level if they look like people: many, and different ones in each.

    Sessions have the same names in each person's folder; a person with fewer has a subset of the names.
    """
    within: dict[str, set[str]] = {}
    deeper = 0
    for name in images:
        folder, inner = subject_at(name, level), subject_at(name, level + 1)
        if folder is not None:
            within.setdefault(folder, set()).update([] if inner is None else [inner])
            deeper += inner is not None
    found = set().union(*within.values())
    parts = (
        len(found) >= TIMES * len(within)
        and all(names != found for names in within.values())
        and deeper >= NEARLY_ALL * _people(images, level).total()
        and not _are_expressions(found)
    )
    return found if parts else set()


def _are_expressions(people: Iterable[str]) -> bool:
    return all(normal(name) in WORDS for name in people)


def _remedy(root: Path, images: Sequence[str]) -> str | None:
    """The remedy with the level at which there are people; None if there is no such level."""
    for level in range(1, DEEPEST + 1):
        people = _people(images, level)
        if _doubt(images, level) is None:
            above = {PurePosixPath(name).parts[: level - 1] for name in images if subject_at(name, level)}
            alone = " for that one alone" if len(above) > 1 else ""
            root_too = f" (or root: {root.joinpath(*max(above))}{alone})" if level > 1 else ""
            return f"set subject_level: {level}{root_too} for {len(people)} people, {_some(people)}"
    return None


def _without_a_level(root: Path, images: Sequence[str]) -> str:
    levels = [people for level in range(1, DEEPEST + 1) if (people := _people(images, level))]
    if any(len(people) > 1 and _are_expressions(people) for people in levels):
        return "use an adapter that reads expressions, such as fer2013_folders (docs/datasets)"
    if levels:
        return "put the images of at least two people there"
    return (
        f"if they all show one person, use root: {root.parent}; otherwise put each person's images into a "
        "folder, or set subject_level: 0 if no subjects are known"
    )


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names, key=natural_order)
    more = ", …" if len(ordered) > NAMED else ""
    return ", ".join(f"'{name}'" for name in islice(ordered, NAMED)) + more
