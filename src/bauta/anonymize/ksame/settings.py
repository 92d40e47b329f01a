"""Settings of k-Same and k-Same-Select."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from bauta.anonymize.settings import LABELS, POSTERIORS, Region, Setting, edits
from bauta.registry import path_name


class KSameSetting(Setting):
    """Average over groups of at least k subjects."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output")
    region: Region = Field(
        default="crop",
        description="replaced region; the 1/k bound holds for the whole image only with 'crop'",
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return edits(self.region) | {"subjects"}

    @property
    def group(self) -> int | None:
        """Number of people who must share an output, for each label if it sees the labels, or None."""
        return self.k


def _word(value: Any) -> Any:
    """YAML reads `true` as a truth value."""
    return "true" if value is True else value


class KSameSelectSetting(Setting):
    """Average over groups of at least k subjects, separately for each expression."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output per expression")
    region: Region = Field(
        default="crop",
        description="replaced region; the 1/k bound holds for the whole image only with 'crop'",
    )
    labels: Annotated[
        Literal["predicted", "true"],
        BeforeValidator(_word),
        WithJsonSchema({"enum": ["predicted", "true", True]}),
    ] = Field(
        default="predicted",
        description="the expressions that split the faces: those that a teacher reads in the clear faces, or "
        "the dataset's labels, which utility is scored on",
    )
    teacher: Annotated[str, AfterValidator(path_name)] | None = Field(
        default=None, description="one of the run's teachers, who predicts them; null uses the first"
    )

    @model_validator(mode="after")
    def _need_a_teacher_for_predictions_only(self) -> Self:
        if self.labels == "true" and self.teacher is not None:
            raise ValueError(
                "teacher: it predicts expressions, and labels: true uses the dataset's; leave it out"
            )
        return self

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        posteriors = POSTERIORS if self.teacher is None else f"{POSTERIORS}:{self.teacher}"
        return edits(self.region) | {"subjects", LABELS if self.labels == "true" else posteriors}

    @property
    def group(self) -> int | None:
        """Number of people who must share an output, for each label if it sees the labels, or None."""
        return self.k

    def read_by(self, teacher: str) -> Self:
        """Return the setting that sees the posteriors of a teacher, if it sees some and names no teacher."""
        if self.labels == "true" or self.teacher is not None:
            return self
        return self.model_copy(update={"teacher": teacher})
