"""What the configuration says of a dataset, one model an adapter."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bauta.config.section import Section


class Splits(Section):
    """Subject-disjoint parts; whoever is in neither is scored."""

    train: float = Field(0.0, ge=0, lt=1, description="share of the subjects that teachers are trained on")
    dev: float = Field(0.0, ge=0, lt=1, description="share that calibrates teachers and thresholds")
    enrol: float = Field(0.5, gt=0, lt=1, description="share of a scored subject's images in the gallery")

    @model_validator(mode="after")
    def _leave_somebody_to_score(self) -> Self:
        if self.train + self.dev >= 1:
            raise ValueError(f"train + dev must leave subjects to score, got {self.train} + {self.dev} ≥ 1")
        return self


class SynthfacesDataset(Section):
    """The embedded dataset: rendered faces with a known identity, expression, landmarks and parsing."""

    adapter: Literal["synthfaces"] = "synthfaces"
    subjects: int = Field(82, ge=4, le=10_000, description="people to render")
    images_per_subject: int = Field(8, ge=2, le=200, description="images of each")
    faces: Literal["largest", "all"] = Field("largest", description="which faces of an image are used")
    splits: Splits = Splits(train=0.68, dev=0.07)
    contact_sheet: bool = Field(True, description="draw originals beside anonymized faces")

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return True


class FolderDataset(Section):
    """Photographs, one folder a person."""

    adapter: Literal["folder"]
    root: str = Field(description="folder that holds a folder for each person")
    labels: str | None = Field(None, description="CSV with the columns path and expression, inside the root")
    faces: Literal["largest", "all"] = Field("largest", description="which faces of an image are used")
    limit: int | None = Field(None, ge=1, description="use the first images of each person only")
    splits: Splits = Splits()
    contact_sheet: bool = Field(False, description="draw faces of these people; needs their consent")

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return self.labels is not None

    @model_validator(mode="after")
    def _train_on_somebody(self) -> Self:
        if self.labelled and (self.splits.train == 0 or self.splits.dev == 0):
            raise ValueError(
                "with labels, splits.train and splits.dev must be above 0: a teacher is trained on people "
                "who are not scored"
            )
        return self


Dataset = Annotated[SynthfacesDataset | FolderDataset, Field(discriminator="adapter")]
