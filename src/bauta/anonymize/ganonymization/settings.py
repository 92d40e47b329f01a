"""The setting of GANonymization."""

from typing import Any, Literal

from pydantic import Field

from bauta.anonymize.avatar.settings import STATE_SEES, TEACHER, States
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
