"""Datasets of expressions."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from bauta.config.datasets.base import Labelled, Part, Photographs
from bauta.datasets.places import RAFDB_ATTRIBUTES

FER2013_PEOPLE = "FER-2013 has one image a person and no identities"


class Fer2013Dataset(Photographs):
    """FER-2013 as CSV."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = FER2013_PEOPLE
    writes_images: ClassVar[bool] = True

    adapter: Literal["fer2013"]


class Fer2013FoldersDataset(Labelled):
    """FER-2013 as a folder for each part and expression."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = FER2013_PEOPLE

    adapter: Literal["fer2013_folders"]

    @model_validator(mode="before")
    @classmethod
    def _refuse_votes(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in ("labels", "mode", "votes"):
                if key in values:
                    raise ValueError(
                        f"'{key}': FER+ labels belong to the rows of fer2013.csv and the folders have lost "
                        "their order; use the adapter 'ferplus' with fer2013.csv"
                    )
        return values


class FerPlusDataset(Photographs):
    """FER-2013 as CSV with the votes of FER+."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = FER2013_PEOPLE
    writes_images: ClassVar[bool] = True

    adapter: Literal["ferplus"]
    mode: Literal["majority", "probability", "crossentropy", "multi_target"] = Field(
        "majority", description="how the votes of the ten annotators are combined"
    )


class RafDbDataset(Labelled):
    """RAF-DB, basic emotions."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = "RAF-DB does not say who its faces are"

    adapter: Literal["rafdb"]

    @property
    def attributed(self) -> bool:
        """Whether gender, race and age are known: the packing in class folders has lost them."""
        return self.any_there(*RAFDB_ATTRIBUTES)

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """The arguments of the listing, with attributes."""
        return self.listing_with(seed, attributes=True)


class AffectNetDataset(Labelled):
    """AffectNet, manually annotated."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = "AffectNet does not say who its faces are"

    adapter: Literal["affectnet"]


class CkPlusDataset(Photographs):
    """CK+: sequences from neutral to a peak."""

    has_labels: ClassVar[bool] = True

    adapter: Literal["ckplus"]
    peak: int = Field(
        1, ge=1, le=10, description="number of frames at a sequence's end that show its emotion"
    )
    neutral: bool = Field(True, description="use the first frame of each sequence as neutral")


class FacesDataset(Photographs):
    """FACES, the database of the Max Planck Institute for Human Development."""

    has_attributes: ClassVar[bool] = True
    has_labels: ClassVar[bool] = True

    adapter: Literal["faces"]


class AffectNetPlusDataset(Labelled):
    """AffectNet+: AffectNet with soft labels."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = "AffectNet+ does not say who its faces are"

    adapter: Literal["affectnet_plus"]


class Ferv39kDataset(Labelled):
    """FERV39k: frames of clips with an expression each."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    has_labels: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = "FERV39k does not say who its faces are"
    subjects_are_clips: ClassVar[bool] = True

    adapter: Literal["ferv39k"]
    frames_per_clip: int = Field(
        1, ge=1, le=100, description="evenly spaced frames of each clip that are used; a clip is never split"
    )
