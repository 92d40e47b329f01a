"""Datasets of people with known identities, and of people without."""

from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from bauta.config.datasets.base import BaseDataset, Labelled, Part, Photographs, Splits
from bauta.config.section import Place
from bauta.datasets.places import (
    CELEBA_ATTRIBUTES,
    CELEBA_IDENTITIES,
    CELEBAMASK_HQ_ATTRIBUTES,
    option_path,
)


class SynthfacesDataset(BaseDataset):
    """The embedded dataset: rendered faces with a known identity, expression, landmarks and parsing."""

    has_labels: ClassVar[bool] = True
    has_attributes: ClassVar[bool] = True

    adapter: Literal["synthfaces"] = "synthfaces"
    subjects: int = Field(56, ge=4, le=10_000, description="people to render")
    images_per_subject: int = Field(8, ge=2, le=200, description="images of each person")
    splits: Splits = Splits(train=0.2, dev=0.2)
    contact_sheet: bool = Field(True, description="draw originals beside anonymized faces")
    push_crops: bool = Field(True, description="let `dvc push` send the crops")

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """The arguments of the listing, with the seed from which the people were drawn."""
        return {**self.listing(seed), "options": {"seed": seed}}


class FolderDataset(Labelled):
    """Photographs, one folder per person."""

    adapter: Literal["folder"]
    labels: Place | None = Field(
        None, description="CSV with the columns path and expression; relative to the root"
    )
    limit: int | None = Field(None, ge=1, description="use the first images of each person only")
    subject_level: int | None = Field(
        None,
        ge=0,
        le=9,
        description="level of the folder below the root that names the person, 1 for the first; 0 if none "
        "does, so that nobody is known; null uses the first if it seems to name people",
    )

    attributes: list[str] | None = Field(
        None,
        min_length=1,
        description="further columns of labels that hold attributes of the people, such as [gender, age]",
    )

    @property
    def options(self) -> dict[str, Any]:
        """The adapter's arguments besides the root; the manifest holds no attributes."""
        return {name: value for name, value in super().options.items() if name != "attributes"}

    @property
    def attributed(self) -> bool:
        """Whether attributes of people are known."""
        return self.attributes is not None

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """The arguments of the listing, with the columns of the attributes."""
        return self.listing_with(seed, attributes=sorted(set(self.attributes or [])))

    @model_validator(mode="after")
    def _find_attributes_in_labels(self) -> Self:
        if self.attributes and self.labels is None:
            raise ValueError("attributes: they are columns of the file of labels; name it in labels")
        return self

    @property
    def identities(self) -> str | None:
        """The reason why the dataset has no identities; None if it has them."""
        return "subject_level: 0 says that nobody is known" if self.subject_level == 0 else None

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return self.labels is not None

    @property
    def side_files(self) -> dict[str, Path]:
        """The labels."""
        return {} if self.labels is None else {"labels": option_path(Path(self.root), self.labels)}


class CelebADataset(Photographs):
    """CelebA, aligned and cropped."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")

    adapter: Literal["celeba"]

    @property
    def attributed(self) -> bool:
        """Whether its 40 attributes are known."""
        return self.any_there(*CELEBA_ATTRIBUTES)

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """The arguments of the listing, with attributes."""
        return self.listing_with(seed, attributes=True)

    @property
    def identities(self) -> str | None:
        """The reason why the dataset has no identities; None if it has them or is not on this machine."""
        if self.any_there(*CELEBA_IDENTITIES):
            return None
        return f"CelebA's identities are not there: put {CELEBA_IDENTITIES[0]} beside its folder of images"


class CelebAMaskHqDataset(Photographs):
    """CelebA-HQ and CelebAMask-HQ with CelebA's identities."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")

    adapter: Literal["celebamask_hq"]

    @property
    def attributed(self) -> bool:
        """Whether its 40 attributes are known."""
        return self.any_there(*CELEBAMASK_HQ_ATTRIBUTES)

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """The arguments of the listing, with attributes."""
        return self.listing_with(seed, attributes=True)


class WiderFaceDataset(Photographs):
    """WIDER FACE: several faces per image."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    without_identities: ClassVar[str | None] = "WIDER FACE does not say who its faces are"

    adapter: Literal["wider_face"]
    faces: Literal["largest", "all"] = Field("all", description="which faces of an image are used")


class FairFaceDataset(Photographs):
    """FairFace: age, gender and race."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    has_attributes: ClassVar[bool] = True
    without_identities: ClassVar[str | None] = "FairFace does not say who its faces are"

    adapter: Literal["fairface"]
