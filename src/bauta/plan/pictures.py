"""The pictures of a run: plots of numbers, the same in the formats of a paper, and sheets of faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bauta.express import ADAPTED
from bauta.io import layout
from bauta.plan.dataset import DatasetPlan

SHOWN: Mapping[str, frozenset[str]] = {
    "frontier": frozenset(),
    "attackers": frozenset(),
    "readers": frozenset(),
    "similarity": frozenset({"attack_clear", "attack"}),
    "strength": frozenset({"suite"}),
    "confusion": frozenset({"expression"}),
}
"""Plot of numbers → the kinds of measurements whose curves it shows, beside the result of the run.

A plot that waited for all of them would be a third of what Snakemake has to plan.
"""


@dataclass(frozen=True)
class Pictures:
    """The paths of pictures.

    Attributes:
        results: Folder of the run's results.
        datasets: The datasets by name.
        pairs: Names of the pairs of datasets that share a frontier.
    """

    results: Path
    datasets: Mapping[str, DatasetPlan]
    pairs: Sequence[str]

    @property
    def plots(self) -> list[Path]:
        """The plots of numbers as PNG."""
        return self._files_of(self._plotted, layout.PLOT)

    @property
    def figures(self) -> list[Path]:
        """The plots of numbers as SVG and PDF, and their data as CSV."""
        return self._files_of(self._plotted, layout.FIGURE_SVG, layout.FIGURE_PDF, layout.FIGURE_DATA)

    @property
    def sheets(self) -> list[Path]:
        """The sheets of faces, which are PNG only: no other file of the results shows a face."""
        found = []
        for plan in self._shown:
            if plan.dataset.contact_sheet:
                found += [(plan.name, "contact_sheet"), *([(plan.name, "restored")] if plan.restored else [])]
        return self._files_of(found, layout.PLOT)

    @property
    def _plotted(self) -> list[tuple[str, str]]:
        """Dataset and kind of each plot of numbers."""
        found = [(name, "frontier") for name in self.pairs]
        for plan in self._shown:
            kinds = ["frontier"]
            if plan.dataset.identities is None:
                kinds += ["attackers", "similarity"]
            if plan.views.wanted:
                kinds.append("strength")
            if ADAPTED.keys() & set(plan.teachers.names) and plan.dataset.identities is None:
                kinds.append("readers")
            if plan.teachers.names and plan.dataset.labelled:
                kinds.append("confusion")
            found += [(plan.name, kind) for kind in kinds]
        return found

    @property
    def _shown(self) -> list[DatasetPlan]:
        return [plan for plan in self.datasets.values() if not self._only_lends(plan)]

    def _only_lends(self, plan: DatasetPlan) -> bool:
        """Whether nothing of a dataset is scored, but its people serve the attackers of one that is."""
        return not plan.scored and any(
            other.scored and other.lender is not None and other.lender.name == plan.name
            for other in self.datasets.values()
        )

    def _files_of(self, pictures: Sequence[tuple[str, str]], *paths: str) -> list[Path]:
        return [
            self.results / layout.fill(path, dataset=name, kind=kind)
            for name, kind in pictures
            for path in paths
        ]
