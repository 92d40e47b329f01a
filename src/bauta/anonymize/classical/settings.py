"""Settings of the anonymizers without a network."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bauta.anonymize.settings import Region, Setting, edits


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


class IdentitySetting(Setting):
    """Control: the unchanged crop; must reproduce the clear baseline."""

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"images"})


class BlackoutSetting(Setting):
    """Control: a black crop; must be at chance."""

    @property
    def outputs(self) -> int:
        """Largest number of different pictures that the backend makes: the black one."""
        return 1


class BlurSetting(Setting):
    """Gaussian blur."""

    kernel: Annotated[int, AfterValidator(_odd)] = Field(
        ge=3, le=255, description="width of the Gaussian kernel in crop pixels, odd"
    )
    region: Region = Field(default="hull", description="region to blur: the face hull or the whole crop")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return edits(self.region)

    @property
    def restorable(self) -> bool:
        """Whether the backend offers inverses of itself."""
        return True


class PixelateSetting(Setting):
    """Mean of square blocks."""

    block: int = Field(ge=2, le=256, description="side of a block in crop pixels")
    region: Region = Field(default="hull", description="region to pixelate: the face hull or the whole crop")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return edits(self.region)

    @property
    def restorable(self) -> bool:
        """Whether the backend offers inverses of itself."""
        return True
