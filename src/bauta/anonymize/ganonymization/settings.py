"""Settings of GANonymization, with its published weights and trained further."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from bauta.anonymize.avatar.settings import STATE_SEES, TEACHER, States
from bauta.anonymize.cgan.settings import GENERATOR_TEACHER, known_recognizer
from bauta.anonymize.settings import Setting
from bauta.express import TEACHERS
from bauta.recognize import RECOGNIZERS

Published = Literal["ganonymization_25", "ganonymization_50"]
"""Names in `models.yaml` of the published weights."""


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

    quantize: States | None = Field(
        default=None,
        description="K: the mesh is that of the avatar's drawing of one of K states, so there are K heads",
    )

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return STATE_SEES if self.quantize else frozenset({"mesh"})

    @property
    def outputs(self) -> int | None:
        """The number of different heads, if they are quantized."""
        return self.quantize

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teacher that reads the state, if there is one."""
        return (TEACHER,) if self.quantize else ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the files that the backend loads."""
        network = (f"ganonymization_{self.epochs}",)
        return (*network, "avatar", "mediapipe_face_landmarker") if self.quantize else network

    @property
    def keyed(self) -> dict[str, Any]:
        """What determines the result; a setting without quantization has the key of before there was one."""
        return self.model_dump(exclude=set() if self.quantize else {"quantize"})


class TrainedGanonymizationSetting(Setting):
    """A head drawn by GANonymization's network, trained further on people who are not scored."""

    finetune: Published = Field(
        default="ganonymization_25", description="the published weights that the training starts from"
    )
    size: Literal[256, 512] = Field(
        default=512,
        description="side of the network's input, in training and afterwards; see `ganonymization`",
    )
    lambda_id: float = Field(
        default=1.0, ge=0, description="loss weight of the identity similarity to the original"
    )
    lambda_expr: float = Field(
        default=1.0, ge=0, description="loss weight of the change in the teacher's prediction"
    )
    recognizer: Annotated[str, AfterValidator(known_recognizer)] = Field(
        default="mobilefacenet_casia", description="recognizer in the loss, which must be a PyTorch module"
    )
    steps: int = Field(default=400, ge=1, le=1_000_000, description="updates of the generator")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the backend gets."""
        return frozenset({"mesh"})

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The teacher of the loss, unless its weight is 0."""
        return (GENERATOR_TEACHER,) if self.lambda_expr > 0 else ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names in `models.yaml` of the published weights and of the frozen networks of the loss."""
        return (self.finetune, *RECOGNIZERS[self.recognizer].files, *TEACHERS[GENERATOR_TEACHER].files)
