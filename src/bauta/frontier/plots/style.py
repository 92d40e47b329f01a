"""The common parts of all pictures of a dataset: its data in words and numbers, and the looks of series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import seaborn as sns

from bauta.config.short_names import readable
from bauta.drawing.legend import Look
from bauta.drawing.page import SCREEN, Page
from bauta.frontier.measured import MeasuredSet, Place
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.frontier.table import settings_frame
from bauta.measurement import Measurement
from bauta.metrics.axes import PRIVACY_AXES, Axis
from bauta.metrics.utility import utility_axis, worded

Paths = Path | str | Sequence[Path | str]
"""Where a picture is written: a file, or one for each format."""

CONTROL = "#8c959f"
NAME_CHARACTERS = 18  # of a line of a name, where it is wrapped
COLORS = tuple(sns.color_palette("colorblind"))
"""Ten colours, any two of which the colour-blind can tell apart."""
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "<", ">")
IN_WORDS = {
    "worst_top1": "strongest attacker's top-1 identification",
    "worst_auc": "AUC of the strongest verification",
    "worst_eer": "EER of the strongest verification",
    "worst_tar_at_far_1e-2": "TAR at FAR 1 % of the strongest verification",
    "worst_tar_at_far_1e-3": "TAR at FAR 0.1 % of the strongest verification",
    "relative_macro_f1": "macro-F1 of the expressions relative to clear faces",
    "accuracy": "accuracy of the expressions",
    "kappa": "Cohen's κ to clear faces",
    "ssim": "SSIM to clear faces",
    "pose_kept": "pose of the head kept",
    "landmarks_kept": "landmarks kept",
    "gaze_kept": "gaze kept",
    "eye_opening_kept": "opening of the eyes kept",
    "mouth_opening_kept": "opening of the mouth kept",
    "blendshapes_kept": "blendshapes kept",
    "valence_kept": "valence kept",
    "arousal_kept": "arousal kept",
    "action_units_kept": "action units kept",
    "eye_opening_correlation": "correlation of the opening of the eyes",
    "mouth_opening_correlation": "correlation of the opening of the mouth",
    "blendshape_correlation": "correlation of the blendshapes",
    "valence_ccc": "concordance of the valence",
    "arousal_ccc": "concordance of the arousal",
    "action_unit_correlation": "correlation of the action units",
}
"""Column of an axis → what it measures."""


@dataclass(frozen=True)
class Shown:
    """The data that the pictures of a dataset show.

    Attributes:
        found: Its frontier, without infeasible rows.
        axes: Names of the privacy and the utility axis.
        warning: The banner of failed controls, or None.
        sets: The measured sets, for the curves.
        page: What the pictures are drawn for.
    """

    found: DatasetFrontier
    axes: tuple[str, str | dict[str, float]]
    warning: str | None
    sets: Mapping[Place, MeasuredSet]
    page: Page = SCREEN

    @property
    def frame(self) -> pd.DataFrame:
        """One row per setting: `settings_frame`, and `name`, which is short and has at most two lines.

        Lines are wrapped where the page wraps labels.
        """
        frame = settings_frame(self.found.rows)
        names = readable(list(frame["label"]))
        wrapped = {label: self.page.wrapped(name, NAME_CHARACTERS) for label, name in names.items()}
        return frame.assign(name=frame["label"].map(wrapped))

    def settings(self, kind: str, model: str | None) -> dict[str, Measurement]:
        """Return the measurements by a model, or by the first one, by the `name` of the setting."""
        places = [(row.dataset, row.backend, row.setting) for row in self.found.rows]
        measured = [place in self.sets and self.sets[place].get(kind, model) for place in places]
        return {name: one for name, one in zip(self.frame["name"], measured, strict=True) if one}

    @property
    def privacy(self) -> str:
        """The label of the privacy axis."""
        axis, words = PRIVACY_AXES[self.axes[0]], IN_WORDS[self.axes[0]]
        if axis.best is None:
            return f"privacy: 1 − {words}, corrected for chance"
        return f"privacy: {words}, scaled from {axis.worst:g} to {axis.best:g}"

    @property
    def utility(self) -> str:
        """The label of the utility axis, after what the rows hold: Cohen's κ where there are no labels."""
        texts = [worded(parts, lambda axis: IN_WORDS[axis.column]) for parts in self._scales]
        return "utility: " + " or ".join(texts)

    @property
    def scale(self) -> tuple[Axis, ...]:
        """The axes of the utility that all rows have; none if rows differ."""
        return tuple(axis for axis, _ in self._scales[0]) if len(self._scales) == 1 else ()

    @property
    def _scales(self) -> list[tuple[tuple[Axis, float], ...]]:
        named, rows = utility_axis(self.axes[1]), [row for row in self.found.rows if row.known("utility")]
        return list(dict.fromkeys(named.of_row(row.values) for row in rows)) or [named.parts]

    @property
    def basis(self) -> str:
        """Return the basis of the numbers, and the units over which their intervals are bootstrapped."""
        values, pair = self.found.rows[0].values if self.found.rows else {}, self.found.pair
        known = {name: value.value for name, value in values.items()}
        images, subjects, chance = (known.get(name) for name in ("n_images", "n_subjects", "chance_top1"))
        parts = []
        if images is not None:
            counts = f"{images:,.0f} images" + ("" if subjects is None else f" of {subjects:,.0f} subjects")
            parts.append(counts if pair is None else f"privacy: {counts} of {pair.identity}")
        over = "faces" if self.found.limits.identities else "subjects"
        if pair is not None:
            faces = values["utility"].n if "utility" in values else None
            parts.append(f"utility: {'' if faces is None else f'{faces:,} faces of '}{pair.expression}")
            over = "subjects, over faces where nobody is known"
        for role in ("recognizers", "teachers"):
            if names := getattr(self.found, role):
                parts.append(f"{role}: {', '.join(names)}")
        if chance is not None:
            parts.append(f"chance of identification {chance:.3f}")
        return " · ".join([*parts, f"bars: 95 % intervals, bootstrap over {over}"])


def looks(rows: Sequence[SettingResult]) -> dict[str, Look]:
    """Return a colour and a marker per backend, distinguishable by the colour-blind; controls are grey.

    Both run out after ten backends, after which colours meet other markers than before.
    """
    backends = list(dict.fromkeys(row.backend for row in rows if not row.is_control))
    found = {}
    for index, name in enumerate(backends):
        turn, place = divmod(index, len(MARKERS))
        found[name] = Look(COLORS[place % len(COLORS)], MARKERS[(place + turn) % len(MARKERS)])
    return found | {row.backend: Look(CONTROL, "*") for row in rows if row.is_control}
