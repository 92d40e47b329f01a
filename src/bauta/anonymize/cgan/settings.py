"""Settings of bauta's own conditional GAN."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from bauta.anonymize.avatar.settings import STATE_SEES, States
from bauta.anonymize.settings import Setting
from bauta.express import TEACHERS
from bauta.recognize import RECOGNIZERS

GENERATOR_TEACHER = "resnet18_fer2013"
"""The teacher of a generator's loss; it comes with bauta, and gradients pass through it."""


OF_NOBODY = ("measures", "drawing")
"""The conditions whose landmarks are nobody's."""


def known_recognizer(name: str) -> str:
    """Return the name of a recognizer; `UnknownNameError` suggests the nearest one for another name."""
    RECOGNIZERS[name]
    return name


class CganSetting(Setting):
    """A head that the generator shipped with bauta draws: an expression, held as the face is."""

    quantize: States | None = Field(default=None, description="K: faces are those of the avatar's K states")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return STATE_SEES

    @property
    def outputs(self) -> int | None:
        """The number of different faces, if they are quantized."""
        return self.quantize

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teachers that the backend was trained with, which cannot judge its utility."""
        return (GENERATOR_TEACHER,)

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        return ("cgan", "avatar")

    @property
    def keyed(self) -> dict[str, Any]:
        """What determines the result; a setting without quantization has the key of before there was one."""
        return self.model_dump(exclude=set() if self.quantize else {"quantize"})


class TrainedCganSetting(Setting):
    """A head drawn by a generator that the workflow trains on people of the dataset who are not scored."""

    conditions: Literal["landmarks", "measures", "drawing", "parsing", "both", "blendshapes", "flame"] = (
        Field(
            default="landmarks",
            description="the generator's input; measures are landmarks of nobody who is held as the face is, "
            "drawing is a picture of them, flame is expression and pose by your own DECA "
            "(`deca` of a dataset)",
        )
    )
    lambda_id: float = Field(
        default=1.0, ge=0, description="loss weight of the identity similarity to the original"
    )
    lambda_expr: float = Field(
        default=1.0, ge=0, description="loss weight of the change in the teacher's prediction"
    )
    lambda_inv: float = Field(
        default=0.0, ge=0, description="loss weight of what an adversary recovers from the generated face"
    )
    id_loss: Literal["cosine", "threshold"] = Field(
        default="cosine", description="penalise all similarity, or only what exceeds the match threshold"
    )
    expr_loss: Literal["logits", "features"] = Field(
        default="logits", description="compare the teacher's posteriors or its features"
    )
    recognizer: Annotated[str, AfterValidator(known_recognizer)] = Field(
        default="mobilefacenet_casia", description="recognizer in the loss, which must be a PyTorch module"
    )
    steps: int = Field(default=400, ge=1, le=1_000_000, description="updates of the generator")
    width: int = Field(default=16, ge=4, le=64, description="channels of the generator's first stage")
    size: Literal[64, 128, 256] = Field(
        default=128, description="side of the generated face in pixels, which is then enlarged to the crop"
    )
    repeat: int = Field(
        default=0, ge=0, description="added to the run's seed: several numbers train as many generators"
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        if self.conditions in OF_NOBODY:
            return STATE_SEES
        return frozenset({"landmarks", "parsing"} if self.conditions == "both" else {self.conditions})

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teacher of the loss, unless its weight is 0 and it chooses no landmarks either."""
        return (GENERATOR_TEACHER,) if self.lambda_expr > 0 or self.conditions in OF_NOBODY else ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the frozen networks of the loss."""
        loss = (*RECOGNIZERS[self.recognizer].files, *TEACHERS[GENERATOR_TEACHER].files)
        nobodys = self.conditions in OF_NOBODY or self.lambda_inv > 0
        return (*loss, "avatar") if nobodys else loss


SHIPPED_SETTING = TrainedCganSetting(conditions="drawing", lambda_inv=1.0)
"""What the generator that ships with bauta is given, and that it is trained against an adversary."""
