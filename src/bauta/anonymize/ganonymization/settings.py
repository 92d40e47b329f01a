"""The setting of GANonymization."""

from typing import Literal

from pydantic import Field

from bauta.anonymize.settings import Setting


class GanonymizationSetting(Setting):
    """A head that GANonymization draws from the face mesh."""

    epochs: Literal[25, 50] = Field(
        default=25, description="the file to use: 25 is the paper's, 50 the demo's"
    )
    size: Literal[256, 512] = Field(
        default=512,
        description="side of the network's input: 512 as in the official command, regardless of the training "
        "size; 256 scales down the drawing of 512 pixels, as in training at 256",
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"mesh"})

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return (f"ganonymization_{self.epochs}",)
