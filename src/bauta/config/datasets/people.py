"""Datasets of identities, and of images of nobody known."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from bauta.config.datasets.base import BaseDataset, Part, Photographs, Splits


class SynthfacesDataset(BaseDataset):
    """The embedded dataset: rendered faces with a known identity, expression, landmarks and parsing."""

    has_labels: ClassVar[bool] = True

    adapter: Literal["synthfaces"] = "synthfaces"
    subjects: int = Field(40, ge=4, le=10_000, description="people to render")
    images_per_subject: int = Field(8, ge=2, le=200, description="images of each")
    splits: Splits = Splits(dev=0.15)
    contact_sheet: bool = Field(True, description="draw originals beside anonymized faces")
    push_crops: bool = Field(True, description="let `dvc push` send the crops")


class FolderDataset(Photographs):
    """Photographs, one folder a person."""

    adapter: Literal["folder"]
    labels: str | None = Field(None, description="CSV with the columns path and expression, inside the root")
    limit: int | None = Field(None, ge=1, description="use the first images of each person only")

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return self.labels is not None


class LfwDataset(Photographs):
    """Labeled Faces in the Wild."""

    adapter: Literal["lfw"]
    pairs: str | None = Field(None, description="path of pairs.txt, for the ten-fold protocol")

    @property
    def options(self) -> dict[str, Any]:
        """Nothing: the pairs are read by the attack, not by the adapter."""
        return {}


class CelebADataset(Photographs):
    """CelebA, aligned and cropped."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")

    adapter: Literal["celeba"]


class CelebAMaskHqDataset(Photographs):
    """CelebA-HQ and CelebAMask-HQ with CelebA's identities."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "dev", "test")

    adapter: Literal["celebamask_hq"]


class WiderFaceDataset(Photographs):
    """WIDER FACE: several faces an image."""

    official_parts: ClassVar[tuple[Part, ...]] = ("train", "test")
    without_identities: ClassVar[str | None] = "WIDER FACE does not say who its faces are"

    adapter: Literal["wider_face"]
    faces: Literal["largest", "all"] = Field("all", description="which faces of an image are used")
