"""The setting of CIAGAN."""

from pydantic import Field

from bauta.anonymize.settings import LatentPolicy, Setting, owners


class CiaganSetting(Setting):
    """A face of one of CIAGAN's 1200 identities, guided by a drawing of the landmarks."""

    identities: LatentPolicy = Field(
        default="one", description="assignment of identities: one for all, per subject or per image"
    )
    identity_seed: int = Field(default=0, ge=0, description="seed of the identities, with the run's seed")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | owners(self.identities)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("ciagan",)
