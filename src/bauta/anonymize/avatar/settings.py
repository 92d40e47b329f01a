"""Settings of the avatar."""

from typing import Any, Literal

from pydantic import Field

from bauta.anonymize.settings import POSTERIORS, Setting

TEACHER = "resnet18_fer2013"
"""The teacher that reads the expression; no other may choose a state, as the others judge."""

STATE_SEES = frozenset({"landmarks", f"{POSTERIORS}:{TEACHER}"})
"""What tells the state of a face beyond its expression."""

States = Literal[7, 16, 64, 256, 1024]

Composite = Literal[
    "average",
    "man_dark",
    "man_grey",
    "man_light",
    "man_medium",
    "woman_dark",
    "woman_light",
    "woman_medium",
]
Look = Literal[Composite, "rendered", "drawn"]

RENDERED = "rendered"

COMPOSITES = 8
"""Looks among which `drawn` draws one for each face."""


class AvatarSetting(Setting):
    """A face of nobody that shows one of K states of expression, eyes, mouth and head."""

    states: States = Field(
        default=7,
        description="K, the number of states; no attacker of single pictures tells more people apart",
    )
    look: Look = Field(
        default="average",
        description="an average of many people, a rendered person, or one of the averages drawn at random",
    )

    @property
    def named(self) -> dict[str, Any]:
        """The options that make up the name, K among them: it is what the setting promises."""
        return {"states": self.states, **super().named}

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets; landmarks from 16 states on."""
        seen = {f"{POSTERIORS}:{TEACHER}"}
        return frozenset(seen if self.states == 7 else seen | {"landmarks"})

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teacher that reads the faces and chose those that were averaged."""
        return (TEACHER,)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("avatar",)

    @property
    def outputs(self) -> int:
        """The number of different pictures: one of each state and look."""
        return self.states * (COMPOSITES if self.look == "drawn" else 1)


class FreeAvatarSetting(Setting):
    """A face of nobody that holds eyes, mouth, brows and head as the face does: no bound, but no pixel."""

    look: Composite = Field(default="average", description="whom the faces look like")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return STATE_SEES

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teacher that reads the faces and chose those that were averaged."""
        return (TEACHER,)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("avatar",)
