"""One model for a setting of each backend; read while the Snakefile is parsed."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bauta.models.usage import USED_BY
from bauta.recognize import RECOGNIZERS

Region = Literal["hull", "crop"]
LatentPolicy = Literal["one", "per_subject", "per_image"]


GENERATOR_TEACHER = "resnet18_fer2013"
"""The teacher of a generator's loss: the one that ships, because gradients pass through it."""


def _recognizer(name: str) -> str:
    RECOGNIZERS[name]
    return name


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"expected an odd number, got {value}")
    return value


class Setting(BaseModel):
    """What every setting tells before anything heavy is imported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset()

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ()


def _edits(region: Region) -> frozenset[str]:
    """What is seen to edit a region of the picture."""
    return frozenset({"images", "landmarks"} if region == "hull" else {"images"})


def _owners(policy: LatentPolicy) -> frozenset[str]:
    """What is seen to know who shares a latent."""
    return frozenset({"subjects"} if policy == "per_subject" else ())


class IdentitySetting(Setting):
    """Control: the crop as it is; must reproduce the clear baseline."""

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"images"})


class BlackoutSetting(Setting):
    """Control: the whole crop black; must be at chance."""


class BlurSetting(Setting):
    """Gaussian blur."""

    kernel: Annotated[int, AfterValidator(_odd)] = Field(
        ge=3, le=255, description="width of the Gaussian kernel in crop pixels, odd"
    )
    region: Region = Field(default="hull", description="what is blurred: the face hull or the whole crop")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return _edits(self.region)


class PixelateSetting(Setting):
    """Mean of square blocks."""

    block: int = Field(ge=2, le=256, description="side of a block in crop pixels")
    region: Region = Field(default="hull", description="what is pixelated: the face hull or the whole crop")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return _edits(self.region)


class KSameSetting(Setting):
    """Average over groups of at least k subjects."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output")
    region: Region = Field(
        default="crop",
        description="what the average replaces; the 1/k bound holds for the whole image only with 'crop'",
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return _edits(self.region) | {"subjects"}


class KSameSelectSetting(Setting):
    """Average over groups of at least k subjects, apart for each expression."""

    k: int = Field(ge=2, description="smallest number of subjects that share one output of an expression")
    region: Region = Field(
        default="crop",
        description="what the average replaces; the 1/k bound holds for the whole image only with 'crop'",
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return _edits(self.region) | {"subjects", "expressions"}


class GanonymizationSetting(Setting):
    """A head that GANonymization draws from the face mesh."""

    epochs: Literal[25, 50] = Field(default=25, description="which file: 25 is the paper's, 50 the demo's")
    size: Literal[256, 512] | None = Field(
        default=None, description="side of the drawing in pixels; null is what the file was trained at"
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"mesh"})

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return (f"ganonymization_{self.epochs}",)


class CiaganSetting(Setting):
    """A face of one of CIAGAN's 1200 identities, round a drawing of the landmarks."""

    identities: LatentPolicy = Field(
        default="one", description="who gets which identity: one for all, one a subject or one an image"
    )
    identity_seed: int = Field(
        default=0, ge=0, description="the identities are drawn from it and the run's seed"
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | _owners(self.identities)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("ciagan",)


class DeepPrivacy2Setting(Setting):
    """A face that DeepPrivacy2 paints into a rectangular hole."""

    weights: Literal["fdf256", "fdf128"] = Field(
        default="fdf256", description="which of the published networks"
    )
    truncation: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="0 is the mean style, 1 the style of the latent; official default 0",
    )
    multi_modal: bool = Field(default=False, description="truncate to one of the file's cluster centres")
    latents: LatentPolicy = Field(
        default="per_image", description="who gets which latent: one for all, one a subject or one an image"
    )
    latent_seed: int = Field(default=0, ge=0, description="the latents are drawn from it and the run's seed")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | _owners(self.latents)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return (f"deepprivacy2_{self.weights}",)


class DeepPrivacySetting(Setting):
    """A face that the first DeepPrivacy paints into a rectangular hole, with seven keypoints."""

    truncation: float = Field(
        default=0.0, ge=0, le=1, description="what the latent is multiplied with; official default 0"
    )
    latents: LatentPolicy = Field(
        default="per_image", description="who gets which latent: one for all, one a subject or one an image"
    )
    latent_seed: int = Field(default=0, ge=0, description="the latents are drawn from it and the run's seed")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"surroundings", "landmarks"}) | _owners(self.latents)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("deepprivacy",)


class CganSetting(Setting):
    """A head that the generator that comes with bauta draws from the landmarks."""

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"landmarks"})

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("cgan",)


class TrainedCganSetting(Setting):
    """A head that a generator draws; the workflow trains it on people of the dataset who are not scored."""

    conditions: Literal["landmarks", "parsing", "both", "blendshapes"] = Field(
        default="landmarks", description="what the generator sees; blendshapes are MediaPipe's"
    )
    lambda_id: float = Field(
        default=1.0, ge=0, description="weight of the likeness to the original in the loss"
    )
    lambda_expr: float = Field(
        default=1.0, ge=0, description="weight of the change of the teacher's reading in the loss"
    )
    id_loss: Literal["cosine", "threshold"] = Field(
        default="cosine", description="penalise every likeness, or what exceeds the match threshold"
    )
    expr_loss: Literal["logits", "features"] = Field(
        default="logits", description="compare the teacher's posteriors or its features"
    )
    recognizer: Annotated[str, AfterValidator(_recognizer)] = Field(
        default="mobilefacenet_casia", description="recognizer of the loss, one that is a PyTorch module"
    )
    steps: int = Field(default=400, ge=1, le=1_000_000, description="updates of the generator")
    width: int = Field(default=16, ge=4, le=64, description="channels of the generator's first stage")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"landmarks", "parsing"} if self.conditions == "both" else {self.conditions})

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the frozen networks of the loss."""
        return (*USED_BY[self.recognizer], *USED_BY[GENERATOR_TEACHER])


SETTINGS: Mapping[str, type[Setting]] = {
    "identity": IdentitySetting,
    "blackout": BlackoutSetting,
    "blur": BlurSetting,
    "pixelate": PixelateSetting,
    "ksame": KSameSetting,
    "ksame_select": KSameSelectSetting,
    "ganonymization": GanonymizationSetting,
    "ciagan": CiaganSetting,
    "deepprivacy": DeepPrivacySetting,
    "deepprivacy2": DeepPrivacy2Setting,
    "cgan": CganSetting,
    "cgan_trained": TrainedCganSetting,
}
"""Name of a backend → model of its setting."""
