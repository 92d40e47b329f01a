"""What all datasets have in common: which images are used, how they are split, what they can support."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from bauta.config.section import Section, in_registry
from bauta.detect import DETECTORS

Part = Literal["train", "dev", "test"]


class Splits(Section):
    """Subject-disjoint parts; whoever is in neither train nor dev is scored."""

    train: float = Field(0.0, ge=0, lt=1, description="share of the subjects that teachers are trained on")
    dev: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share that calibrates teachers and thresholds; with official, a share of the official "
        "training part",
    )
    enrol: float = Field(0.5, gt=0, lt=1, description="share of a scored subject's images in the gallery")
    official: bool = Field(False, description="use the dataset's own split")
    score: Literal["dev", "test", "nothing"] = Field(
        "test",
        description="official part that is scored; with dev, the official test part is used for nothing; "
        "nothing is for datasets that only train a pooled teacher",
    )
    scored_per_subject: int | None = Field(
        None,
        ge=2,
        description="score at most so many images of a subject, drawn with the seed; all where null. For "
        "datasets in which a few people have most of the images",
    )

    @model_validator(mode="after")
    def _leave_somebody_to_score(self) -> Self:
        if self.train + self.dev >= 1:
            raise ValueError(f"train + dev must leave subjects to score, got {self.train} + {self.dev} ≥ 1")
        return self

    @model_validator(mode="after")
    def _draw_or_follow(self) -> Self:
        if self.official and self.train > 0:
            raise ValueError(f"the official split says who trains; leave train out, got {self.train}")
        if not self.official and self.score != "test":
            raise ValueError(f"score: {self.score} belongs to the official split; add official: true")
        return self


class BaseDataset(Section):
    """The keys that every dataset has, and what it can support."""

    official_parts: ClassVar[tuple[Part, ...]] = ()
    has_labels: ClassVar[bool] = False
    without_identities: ClassVar[str | None] = None
    writes_images: ClassVar[bool] = False

    adapter: str
    faces: Literal["largest", "central", "all"] = Field(
        "largest", description="which faces of an image are used"
    )
    detector: Annotated[str, in_registry(DETECTORS)] | None = Field(
        None, description="detector of this dataset; that of crop where null"
    )
    splits: Splits = Splits()
    contact_sheet: bool = Field(False, description="draw faces of these people; needs their consent")
    push_crops: bool = Field(
        False, description="let `dvc push` send the crops, which show these people; needs their consent"
    )

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return self.has_labels

    @property
    def identities(self) -> str | None:
        """Why the dataset has no identities, None where it has them."""
        return self.without_identities

    @property
    def untrainable(self) -> str | None:
        """Why no teacher can be trained on the dataset, None where one can."""
        if not self.labelled:
            return "it has no expression labels"
        if not self.splits.official and not (self.splits.train > 0 and self.splits.dev > 0):
            return (
                "splits.train and splits.dev must be above 0: a teacher is trained and calibrated on people "
                "who are not scored"
            )
        return None

    @property
    def untrainable_generator(self) -> str | None:
        """Why no generator can be trained on the dataset, None where one can."""
        if self.splits.official:
            dev = self.splits.dev > 0 or self.splits.score != "dev"
            return None if dev else "nothing is left to judge it on; give splits.dev a share"
        if not (self.splits.train > 0 and self.splits.dev > 0):
            return "splits.train and splits.dev must be above 0: it learns from people who are not scored"
        return None

    def listing(self, seed: int) -> dict[str, Any]:
        """How `datasets.listing.list_dataset` lists it; part of the key of the manifest."""
        del seed  # nothing is drawn
        return {"adapter": self.adapter, "options": {}}

    @model_validator(mode="after")
    def _split_what_can_be_split(self) -> Self:
        splits = self.splits
        if splits.official and not self.official_parts:
            raise ValueError(f"splits.official: '{self.adapter}' has no official split; leave it out")
        if splits.official and splits.score not in (*self.official_parts, "nothing"):
            raise ValueError(
                f"splits.score: the official split of '{self.adapter}' has the parts "
                f"{', '.join(self.official_parts)}, got '{splits.score}'"
            )
        if not splits.official and self.identities is not None and splits.train + splits.dev > 0:
            follow = "use {official: true}" if self.official_parts else "leave train and dev out"
            raise ValueError(f"splits: people are drawn, but {self.identities}; {follow}")
        return self


class Photographs(BaseDataset):
    """Images that a user has, in the layout in which they are given out."""

    root: str = Field(description="folder that the dataset is unpacked to")
    parts: list[Part] | None = Field(
        None, min_length=1, description="parts of the official split that are used; all where null"
    )
    sample: int | None = Field(
        None, ge=1, description="use at most so many images, drawn with the seed: whole people where known"
    )

    @property
    def options(self) -> dict[str, Any]:
        """What the adapter takes besides the root."""
        return self.model_dump(exclude=set(Photographs.model_fields))

    @property
    def untrainable(self) -> str | None:
        """Why no teacher can be trained on the dataset, None where one can."""
        if reason := super().untrainable:
            return reason
        used = [part for part in self.official_parts if self.parts is None or part in self.parts]
        if self.splits.official and "train" not in used:
            return "parts leaves the official training part out"
        if (
            self.splits.official
            and self.splits.dev == 0
            and ("dev" not in used or self.splits.score == "dev")
        ):
            return "nothing is left to calibrate on; give splits.dev a share of the official training part"
        return None

    def listing(self, seed: int) -> dict[str, Any]:
        """How `datasets.listing.list_dataset` lists it; part of the key of the manifest."""
        parts = None if self.parts is None else sorted(set(self.parts))
        chosen = {"parts": parts, "sample": self.sample, "seed": 0 if self.sample is None else seed}
        return {"adapter": self.adapter, "options": self.options, **chosen}

    @model_validator(mode="after")
    def _use_parts_that_exist(self) -> Self:
        for part in self.parts or []:
            if part not in self.official_parts:
                known = ", ".join(self.official_parts) or "no official split"
                raise ValueError(f"parts: '{self.adapter}' has {known}, got '{part}'")
        if self.parts and self.splits.official and self.splits.score not in (*self.parts, "nothing"):
            raise ValueError(f"parts: the scored part '{self.splits.score}' is left out")
        return self
