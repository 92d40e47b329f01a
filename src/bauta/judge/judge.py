"""Judging what can be measured on a dataset, from the people, images and labels of its split.

This takes seconds and comes before anything expensive: infeasible settings are named at once, and a dataset
on which nothing can be measured is refused.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path
from typing import Any

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.anonymize.settings import SETTINGS, teachers_in
from bauta.datasets.face_table import FaceTable
from bauta.errors import InfeasibleError
from bauta.io.seal import write_sealed
from bauta.judge.feasibility import usable, why_ungrouped, why_unidentified
from bauta.train.cgan.recipe import DEV_FAR, MATCH_FAR


@dataclass(frozen=True)
class Verdict:
    """The parts of a configuration that are infeasible on a dataset.

    Attributes:
        images: Number of scored images that can be read.
        people: Number of people whom they show.
        labelled: Number of them with an expression label.
        privacy: The reason why privacy cannot be measured; None where it can.
        utility: The reason why utility cannot be measured; None where it can.
        teachers: Teacher that cannot be trained → reason.
        settings: Name of each infeasible setting → reason.
    """

    images: int
    people: int
    labelled: int
    privacy: str | None
    utility: str | None
    teachers: Mapping[str, str]
    settings: Mapping[str, str]

    def lines(self) -> list[str]:
        """One line for each infeasible part."""
        axes = {"privacy": self.privacy, "utility": self.utility}
        return [
            *(f"{axis} cannot be measured: {reason}" for axis, reason in axes.items() if reason),
            *(
                f"{name} is infeasible: {reason}"
                for name, reason in {**self.teachers, **self.settings}.items()
            ),
        ]

    def write(self, path: Path | str, made_from: Mapping[str, str] | None = None) -> None:
        """Write the verdict as JSON with a seal."""
        write_sealed(path, asdict(self), made_from=made_from)


def judge_dataset(
    faces: FaceTable,
    *,
    dataset: str,
    settings: Mapping[str, Mapping[str, Any]],
    teachers: Mapping[str, bool],
    identities: str | None,
    unread: str | None,
    pictures: bool,
) -> Verdict:
    """Judge all measurements that a configuration requests on a dataset.

    Args:
        faces: The dataset's images, as `FaceTable.of_images` returns them.
        dataset: Name of the dataset.
        settings: Name → `backend` and `options` of every setting.
        teachers: Name of each teacher → whether the workflow trains it.
        identities: The reason why the dataset has no identities; None where it has.
        unread: The reason why no teacher is applied to it; None where one is.
        pictures: Whether the utility axis is a measure of picture quality, which needs no teacher.

    Raises:
        InfeasibleError: nothing can be measured.
    """
    scored = usable(faces).partition("test")
    if len(scored) == 0:
        raise InfeasibleError(
            f"datasets.{dataset}: nothing can be measured on it: none of {len(faces.partition('test'))} "
            "scored images can be read; check its manifest and splits"
        )
    untaught = why_untaught(faces)
    infeasible_teachers = {name: untaught for name, trained in teachers.items() if trained and untaught}
    if unread is None and len(infeasible_teachers) == len(teachers):
        unread = untaught
    verdict = Verdict(
        images=len(scored),
        people=0 if identities else len(set(scored.identified().subjects)),
        labelled=len(scored.labelled()),
        privacy=identities or why_unidentified(faces),
        utility=None if pictures else unread,
        teachers=infeasible_teachers,
        settings={
            name: reason
            for name, setting in settings.items()
            if (
                reason := why_setting_fails(
                    setting["backend"], setting["options"], faces, infeasible_teachers
                )
            )
        },
    )
    if verdict.privacy and verdict.utility:
        raise InfeasibleError(
            f"datasets.{dataset}: nothing can be measured on it: no privacy, because {verdict.privacy}; no "
            f"utility, because {verdict.utility}"
        )
    return verdict


def why_setting_fails(
    backend: str, options: Mapping[str, Any], faces: FaceTable, untaught: Mapping[str, str]
) -> str | None:
    """The reason why scored faces cannot be anonymized at a setting.

    Args:
        backend: Name of the anonymizer.
        options: Options of its setting.
        faces: All faces of the dataset.
        untaught: Teacher that cannot be trained → reason.
    """
    untrained = why_ungenerated(faces) if backend in TRAINED_ANONYMIZERS else None
    unread = (untaught[name] for name in teachers_in(SETTINGS[backend](**options).sees) if name in untaught)
    return untrained or next(unread, None) or why_ungrouped(backend, options, faces.partition("test"))


def why_untaught(faces: FaceTable) -> str | None:
    """The reason why no teacher can be trained: it needs several expressions, and others to calibrate on."""
    train, dev = (usable(faces).partition(part).labelled() for part in ("train", "dev"))
    expressions = sorted(set(map(str, train.expressions)))
    if len(expressions) < 2:
        got = f"only '{expressions[0]}'" if expressions else "none"
        return (
            "no teacher can be trained: expected images of at least 2 expressions in the partition train, "
            f"got {got}; add labels, raise splits.train or use a pretrained teacher"
        )
    if len(dev) == 0:
        return (
            "no teacher can be calibrated: expected labelled images in the partition dev, got none; add "
            "labels, raise splits.dev or use a pretrained teacher"
        )
    return None


def why_ungenerated(faces: FaceTable) -> str | None:
    """The reason why no generator can be trained: its loss and its evaluation need pairs of people."""
    for part, far in (("train", MATCH_FAR), ("dev", DEV_FAR)):
        there = usable(faces).partition(part)
        if len(there) == 0:
            return (
                f"no generator can be trained: expected images in the partition {part}, got none; raise "
                f"splits.{part} or add images"
            )
        pairs = _pairs_of_people(there)
        if pairs * far < 1:
            return (
                f"no generator can be trained: expected at least {round(1 / far)} pairs of different people "
                f"in the partition {part}, got {pairs}; raise splits.{part} or add people"
            )
    return None


def _pairs_of_people(faces: FaceTable) -> int:
    """The number of pairs of faces that show two different people."""
    counts = Counter(faces.identified().subjects).values()
    return comb(sum(counts), 2) - sum(comb(count, 2) for count in counts)
