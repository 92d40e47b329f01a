"""Settings of k-Same with generated faces."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

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

    @model_validator(mode="after")
    def _need_a_teacher_for_expressions_only(self) -> Self:
        if self.teacher is not None and not self.select:
            raise ValueError("teacher: it reads the expressions of select: true; add that or leave it out")
        return self

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets; no pixel is among them."""
        posteriors = POSTERIORS if self.teacher is None else f"{POSTERIORS}:{self.teacher}"
        return frozenset({"landmarks", "subjects"} | ({posteriors} if self.select else set()))

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teachers that the generator was trained with; one that selects is named in `sees`."""
        return CganSetting().taught_by

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the generator's files."""
        return CganSetting().models

    @property
    def group(self) -> int | None:
        """Number of people who must share an output."""
        return self.k

    def read_by(self, teacher: str) -> Self:
        """Return the setting that sees the posteriors of a teacher, if it sees some and names no teacher."""
        if not self.select or self.teacher is not None:
            return self
        return self.model_copy(update={"teacher": teacher})
