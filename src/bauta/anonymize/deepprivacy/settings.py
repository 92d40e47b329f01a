"""The setting of the first DeepPrivacy."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bauta.anonymize.settings import LatentPolicy, Setting, owners

SMALLEST_TRUNCATION = 0.01
"""At lower values, almost every value of a latent would have to be redrawn a hundred times or more."""


class DeepPrivacySetting(Setting):
    """A face that the first DeepPrivacy paints into a rectangular hole, with seven keypoints."""

    program: Literal["original", "deep_privacy2"] = Field(
        default="original",
        description="program whose latents and filters are used: DeepPrivacy's own, or DeepPrivacy2's, "
        "which also contains the network and always draws from the normal distribution",
    )
    truncation: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="truncation of the original program: 0, its default, is a latent of zeros; at higher "
        "truncations, latent values that reach it are redrawn",
    )
    latents: LatentPolicy = Field(
        default="per_image", description="assignment of latents: one for all, per subject or per image"
    )
    latent_seed: int = Field(default=0, ge=0, description="seed of the latents, with the run's seed")

    @model_validator(mode="after")
    def _check_truncation(self) -> Self:
        if self.program == "deep_privacy2" and "truncation" in self.model_fields_set:
            raise ValueError("truncation belongs to program: original; deep_privacy2 draws without")
        if 0 < self.truncation < SMALLEST_TRUNCATION:
            raise ValueError(f"expected a truncation of 0 or of at least {SMALLEST_TRUNCATION}")
        return self

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | owners(self.latents)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("deepprivacy",)
