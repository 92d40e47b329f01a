"""One model for a setting of each backend; read while the Snakefile is parsed."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Region = Literal["hull", "crop"]


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


class _Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentitySetting(_Setting):
    """Control: the crop as it is; must reproduce the clear baseline."""


class BlackoutSetting(_Setting):
    """Control: the whole crop black; must be at chance."""


class BlurSetting(_Setting):
    """Gaussian blur."""

    kernel: Annotated[int, AfterValidator(_odd)] = Field(
        ge=3, le=255, description="width of the Gaussian kernel in crop pixels, odd"
    )
    region: Region = Field(default="hull", description="what is blurred: the face hull or the whole crop")


class PixelateSetting(_Setting):
    """Mean of square blocks."""

    block: int = Field(ge=2, le=256, description="side of a block in crop pixels")
    region: Region = Field(default="hull", description="what is pixelated: the face hull or the whole crop")


class KSameSetting(_Setting):
    """Average over groups of at least k subjects."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output")
    region: Region = Field(
        default="crop",
        description="what the average replaces; the 1/k bound holds for the whole image only with 'crop'",
    )


class KSameSelectSetting(_Setting):
    """Average over groups of at least k subjects, apart for each expression."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output of an expression")
    region: Region = Field(
        default="crop",
        description="what the average replaces; the 1/k bound holds for the whole image only with 'crop'",
    )


SETTINGS: Mapping[str, type[BaseModel]] = {
    "identity": IdentitySetting,
    "blackout": BlackoutSetting,
    "blur": BlurSetting,
    "pixelate": PixelateSetting,
    "ksame": KSameSetting,
    "ksame_select": KSameSelectSetting,
}
"""Name of a backend → model of its setting."""

NEEDS_SUBJECTS = frozenset({"ksame", "ksame_select"})
"""Backends that see who is shown; a test compares it with what they declare."""
