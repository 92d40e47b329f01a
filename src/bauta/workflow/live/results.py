"""What a run has measured so far, as a report.

A number is shown once everything that it is made of is there: privacy is the strongest of all attacks, so
that a setting of which some are missing would look better than it is. Pictures are left out: they are drawn
at the end of a run, and have names under which those of an earlier configuration lie until then.
"""

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from threading import Lock
from typing import Any

from bauta.config.limits import Limits
from bauta.errors import BautaError
from bauta.frontier.assemble import assemble
from bauta.frontier.page.write import write_report
from bauta.io import layout
from bauta.measurement import Measurement
from bauta.plan import Plan

NOTHING = "Nothing is measured yet; settings appear here while they are."

TOGETHER: Mapping[str, str] = {"attack": "attack", "suite": "attack", "adapt": "attack"}
"""Kind of measurement → the kinds with which it makes up one number; the others stand for themselves."""

NEEDED = "coverage"
"""The kind without which nothing of a setting can be shown: on how many faces it was measured."""


Place = tuple[str, str, str]
"""Dataset, backend and setting."""


@dataclass(frozen=True)
class SoFar:
    """How far the measurements of a run are.

    Attributes:
        measured: Number of measurements that are there.
        planned: Number of measurements in all.
        settings: Number of settings of which all measurements are there.
        all_settings: Number of settings in all.
        version: Changes with what can be shown.
    """

    measured: int
    planned: int
    settings: int
    all_settings: int
    version: str


class LiveResults:
    """The measurements of a plan that are there, and a report of what can be shown of them.

    Args:
        plan: The run.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = Lock()
        self._drawn: tuple[str, bytes] = ("", b"")

    def so_far(self) -> SoFar:
        """Look at what is there."""
        return self._look()[0]

    def page(self) -> bytes:
        """The report, as HTML; made anew only if there is more to show."""
        now, shown = self._look()
        with self._lock:
            if self._drawn[0] != now.version:
                self._drawn = (now.version, self._report(shown))
            return self._drawn[1]

    @cached_property
    def _planned(self) -> Mapping[Place, Mapping[str, Sequence[Path]]]:
        """Measurements by dataset, backend and setting, and by the number that they make up."""
        folder = self._plan.results / layout.MEASUREMENTS
        found: dict[Place, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
        for path in self._plan.all_measurements():
            dataset, key, *_, backend, setting = path.relative_to(folder).parts
            kind = key.partition("-")[0]
            found[dataset, backend, setting][TOGETHER.get(kind, kind)].append(path)
        return found

    def _look(self) -> tuple[SoFar, list[Path]]:
        there = {
            place: {kind: [path for path in paths if path.is_file()] for kind, paths in kinds.items()}
            for place, kinds in self._planned.items()
        }
        whole = {
            place: [kind for kind, paths in kinds.items() if len(paths) == len(self._planned[place][kind])]
            for place, kinds in there.items()
        }
        shown = [
            path
            for place, kinds in whole.items()
            if NEEDED in kinds or NEEDED not in self._planned[place]
            for kind in kinds
            for path in there[place][kind]
        ]
        now = SoFar(
            measured=sum(len(paths) for kinds in there.values() for paths in kinds.values()),
            planned=sum(len(paths) for kinds in self._planned.values() for paths in kinds.values()),
            settings=sum(len(kinds) == len(self._planned[place]) for place, kinds in whole.items()),
            all_settings=len(self._planned),
            version=hashlib.sha256("\n".join(map(str, shown)).encode()).hexdigest()[:12],
        )
        return now, shown

    def _report(self, shown: Sequence[Path]) -> bytes:
        if not shown:
            return _note(NOTHING)
        plan = self._plan
        try:
            measurements = [Measurement.read(path) for path in shown]
            limits = {name: Limits.model_validate(values) for name, values in plan.limits().items()}
            frontier = assemble(measurements, plan.whole, _provenance(plan, shown), limits)
            with tempfile.TemporaryDirectory() as folder:
                page = Path(folder) / layout.REPORT
                write_report(frontier, [], page, measurements)
                return page.read_bytes()
        except BautaError as error:
            return _note(f"What is measured cannot be shown yet: {error}")


def _provenance(plan: Plan, shown: Sequence[Path]) -> dict[str, Any]:
    """The configuration, from which the page takes its floors and what was not tested, and the state."""
    return {"config": plan.whole, "unfinished": f"a run that goes on: {len(shown)} measurements"}


def _note(text: str) -> bytes:
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>bauta</title>'
        '<meta name="color-scheme" content="light dark">'
        f'<body style="font: 16px sans-serif; margin: 3em"><p>{escape(text)}</p></body></html>'
    )
    return page.encode()
