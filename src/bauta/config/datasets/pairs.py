"""Datasets of people whose authors name pairs of images to verify, in folds."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from bauta.config.datasets.base import Photographs
from bauta.config.section import Place
from bauta.datasets.places import AGEDB_PROTOCOL_IMAGES, CFP_PLACES

CFP_FOLDS = 10


class PairedDataset(Photographs):
    """A dataset with one file of pairs."""

    pairs: Place | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The adapter's arguments: none, because the attack reads the pairs, not the adapter."""
        return {}

    @property
    def pair_files(self) -> tuple[Path, ...]:
        """The file of the pairs, if the configuration names it."""
        return () if self.pairs is None else (Path(self.pairs),)


class LfwDataset(PairedDataset):
    """Labeled Faces in the Wild."""

    adapter: Literal["lfw"]
    pairs: Place | None = Field(None, description="path of pairs.txt, for the ten-fold protocol")


class XqlfwDataset(PairedDataset):
    """Cross-Quality LFW."""

    adapter: Literal["xqlfw"]
    pairs: Place | None = Field(None, description="path of xqlfw_pairs.txt, for the ten-fold protocol")


class AgeDbDataset(PairedDataset):
    """AgeDB."""

    pair_format: ClassVar[str] = "agedb"

    adapter: Literal["agedb"]
    pairs: Place | None = Field(
        None,
        description="path of 04_FINAL_protocol_30_years.mat, or of a text file with two images and 1 or 0 on "
        "each line, for the ten-fold protocol",
    )

    @property
    def attributed(self) -> bool:
        """Whether age and gender are known: the names of the protocols' images hold neither."""
        return Path(self.root).name != AGEDB_PROTOCOL_IMAGES


class CfpDataset(Photographs):
    """CFP: celebrities from the front and in profile."""

    pair_format: ClassVar[str] = "cfp"

    adapter: Literal["cfp"]
    pairs: Literal["FF", "FP"] | None = Field(
        None, description="ten-fold protocol: frontal with frontal (FF) or frontal with profile images (FP)"
    )

    @property
    def options(self) -> dict[str, Any]:
        """The adapter's arguments: none, because the attack reads the pairs, not the adapter."""
        return {}

    @property
    def pair_files(self) -> tuple[Path, ...]:
        """The lists of images of the protocol, then the two lists of pairs of each fold."""
        if self.pairs is None:
            return ()
        places = [Path(self.root) / place / "Protocol" for place in CFP_PLACES]
        protocol = next((place for place in places if place.is_dir()), places[0])
        lists = ("Pair_list_F.txt",) if self.pairs == "FF" else ("Pair_list_F.txt", "Pair_list_P.txt")
        folds = (
            f"Split/{self.pairs}/{fold:02d}/{kind}.txt"
            for fold in range(1, CFP_FOLDS + 1)
            for kind in ("same", "diff")
        )
        return tuple(protocol / name for name in (*lists, *folds))
