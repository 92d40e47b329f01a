"""What the configuration says of a dataset, one model an adapter."""

from typing import Annotated

from pydantic import Field

from bauta.config.datasets.base import BaseDataset, Photographs, Splits
from bauta.config.datasets.expressions import (
    AffectNetDataset,
    CkPlusDataset,
    FacesDataset,
    Fer2013Dataset,
    Fer2013FoldersDataset,
    FerPlusDataset,
    RafDbDataset,
)
from bauta.config.datasets.people import (
    CelebADataset,
    CelebAMaskHqDataset,
    FolderDataset,
    LfwDataset,
    SynthfacesDataset,
    WiderFaceDataset,
)

__all__ = ["BaseDataset", "Dataset", "LfwDataset", "Photographs", "Splits", "SynthfacesDataset"]

Dataset = Annotated[
    SynthfacesDataset
    | FolderDataset
    | LfwDataset
    | CelebADataset
    | CelebAMaskHqDataset
    | WiderFaceDataset
    | Fer2013Dataset
    | Fer2013FoldersDataset
    | FerPlusDataset
    | RafDbDataset
    | AffectNetDataset
    | CkPlusDataset
    | FacesDataset,
    Field(discriminator="adapter"),
]
