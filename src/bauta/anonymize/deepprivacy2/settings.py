"""The setting of DeepPrivacy2."""

from typing import Literal

from pydantic import Field

from bauta.anonymize.settings import LatentPolicy, Setting, owners


class DeepPrivacy2Setting(Setting):
    """A face that DeepPrivacy2 paints into a rectangular hole."""

    weights: Literal["fdf256", "fdf128"] = Field(default="fdf256", description="the published network to use")
    truncation: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="0 is the mean style, 1 the style of the latent; the official default is 0",
    )
    multi_modal: bool = Field(default=False, description="truncate to one of the file's cluster centres")
    latents: LatentPolicy = Field(
        default="per_image", description="assignment of latents: one for all, per subject or per image"
    )
    latent_seed: int = Field(default=0, ge=0, description="seed of the latents, with the run's seed")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | owners(self.latents)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return (f"deepprivacy2_{self.weights}",)
