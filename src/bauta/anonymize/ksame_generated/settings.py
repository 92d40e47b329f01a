"""Settings of k-Same with generated faces."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bauta.anonymize.avatar.settings import AvatarSetting, Composite
from bauta.anonymize.cgan.settings import CganSetting
from bauta.anonymize.settings import POSTERIORS, Setting
from bauta.registry import path_name


class KSameGeneratedSetting(Setting):
    """One generated face for each group of at least k subjects."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output")
    select: bool = Field(
        default=False,
        description="group separately for each expression that a teacher reads in the clear faces, as "
        "ksame_select does; k subjects then share an output per expression",
    )
    teacher: Annotated[str, AfterValidator(path_name)] | None = Field(
        default=None,
        description="with select: one of the run's teachers, who reads the expressions; null uses the first",
    )
    faces: Literal["generated", "composite"] = Field(
        default="generated", description="who draws the faces: cgan, or the averages of avatar"
    )
    look: Composite | Literal["in_turn"] = Field(
        default="average",
        description="with faces: composite: whom they look like; with in_turn each group gets another look",
    )

    @model_validator(mode="after")
    def _need_a_teacher_for_expressions_only(self) -> Self:
        if self.teacher is not None and not self.select:
            raise ValueError("teacher: it reads the expressions of select: true; add that or leave it out")
        if self.look != "average" and self.faces != "composite":
            raise ValueError("look: composites have one; add faces: composite or leave it out")
        return self

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets; no pixel is among them."""
        posteriors = POSTERIORS if self.teacher is None else f"{POSTERIORS}:{self.teacher}"
        return frozenset({"landmarks", "subjects"} | ({posteriors} if self.select else set()))

    @property
    def _artist(self) -> CganSetting | AvatarSetting:
        return CganSetting() if self.faces == "generated" else AvatarSetting()

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teachers with which the faces were learnt; one that selects is named in `sees`."""
        return self._artist.taught_by

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that draw the faces."""
        return self._artist.models

    @property
    def keyed(self) -> dict[str, Any]:
        """What determines the result; generated faces have the key of before there were composites."""
        return self.model_dump(exclude={"faces", "look"} if self.faces == "generated" else set())

    @property
    def group(self) -> int | None:
        """Number of people who must share an output."""
        return self.k

    def read_by(self, teacher: str) -> Self:
        """Return the setting that sees the posteriors of a teacher, if it sees some and names no teacher."""
        if not self.select or self.teacher is not None:
            return self
        return self.model_copy(update={"teacher": teacher})
