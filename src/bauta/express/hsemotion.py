"""HSEmotion, now EmotiEffLib (Savchenko, IJCNN 2021): networks trained on AffectNet, as ONNX graphs."""

from collections.abc import Sequence
from functools import partial

from bauta.contract import CropContract
from bauta.express.onnx_teacher import OnnxTeacher
from bauta.inference.face_view import FaceView
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD, standardise
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="hsemotion_b0",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_b0",
        about="EfficientNet-B0, the version that was best on VGAF.",
        files=("hsemotion_b0",),
        gpu=True,
        space="hsemotion8",
        source="Savchenko, IJCNN 2021",
    ),
    Card(
        name="hsemotion_b0_afew",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_b0_afew",
        about="EfficientNet-B0, the version that was best on AFEW.",
        files=("hsemotion_b0_afew",),
        gpu=True,
        space="hsemotion8",
        source="Savchenko, IJCNN 2021",
    ),
    Card(
        name="hsemotion_b2",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_b2",
        about="EfficientNet-B2.",
        files=("hsemotion_b2",),
        gpu=True,
        space="hsemotion8",
        source="Savchenko, IJCNN 2021",
    ),
    Card(
        name="hsemotion_b2_7",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_b2_7",
        about="EfficientNet-B2, without contempt.",
        files=("hsemotion_b2_7",),
        gpu=True,
        space="hsemotion7",
        source="Savchenko, IJCNN 2021",
    ),
    Card(
        name="hsemotion_mbf",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_mbf",
        about="MobileFaceNet, the version that also estimates valence and arousal.",
        files=("hsemotion_mbf",),
        gpu=True,
        space="hsemotion8",
        source="Savchenko, CVPRW 2022",
    ),
    Card(
        name="hsemotion_mobilevit",
        kind="teacher",
        implementation="bauta.express.hsemotion:hsemotion_mobilevit",
        about="MobileViT, the version that also estimates valence and arousal.",
        files=("hsemotion_mobilevit",),
        gpu=True,
        space="hsemotion8",
        source="Savchenko, CVPRW 2023",
    ),
)


Scale = tuple[Sequence[float], Sequence[float]]
"""Mean and standard deviation of each channel, of values from 0 to 1."""

MTCNN_BOX = (16.4, 12.4, 94.7, 117.2)
"""The box of MTCNN, the median over 500 aligned photographs of LFW, in pixels of the ArcFace crop.

HSEmotion's examples cut this box out and resize it to a square, so that the face is widened by a third.
"""

SIZE_B0 = 224
SIZE_B2 = 260
SIZE_MOBILEVIT = 224
SIZE_MBF = 112

HALF = (0.5, 0.5, 0.5)
"""Mean and standard deviation of MobileFaceNet's input."""

VALENCE_AND_AROUSAL = 2
"""Outputs of the models named `mtl` after the classes, about -1 to 1; they are not read."""


def hsemotion_b0(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load EfficientNet-B0, 8 classes, the version that was best on VGAF."""
    return _open(contract, models, "hsemotion_b0", SIZE_B0, "hsemotion8")


def hsemotion_b0_afew(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load EfficientNet-B0, 8 classes, the version that was best on AFEW."""
    return _open(contract, models, "hsemotion_b0_afew", SIZE_B0, "hsemotion8")


def hsemotion_b2(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load EfficientNet-B2, 8 classes."""
    return _open(contract, models, "hsemotion_b2", SIZE_B2, "hsemotion8")


def hsemotion_b2_7(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load EfficientNet-B2, 7 classes, without contempt."""
    return _open(contract, models, "hsemotion_b2_7", SIZE_B2, "hsemotion7")


def hsemotion_mobilevit(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load MobileViT, 8 classes; its valence and arousal are not read."""
    size, others = SIZE_MOBILEVIT, VALENCE_AND_AROUSAL
    return _open(contract, models, "hsemotion_mobilevit", size, "hsemotion8", others=others)


def hsemotion_mbf(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load MobileFaceNet, 8 classes, for values from -1 to 1; its valence and arousal are not read."""
    scale, others = (HALF, HALF), VALENCE_AND_AROUSAL
    return _open(contract, models, "hsemotion_mbf", SIZE_MBF, "hsemotion8", scale=scale, others=others)


def _open(
    contract: CropContract,
    models: ModelStore,
    model: str,
    size: int,
    space: str,
    *,
    scale: Scale = (IMAGENET_MEAN, IMAGENET_STD),
    others: int = 0,
) -> OnnxTeacher:
    prepare = partial(_prepare, contract=contract, view=FaceView(size, size, MTCNN_BOX), scale=scale)
    return OnnxTeacher(contract, models.path(model), space, (3, size), prepare, others=others)


def _prepare(crops: Images, contract: CropContract, view: FaceView, scale: Scale) -> Floats:
    """RGB views, standardised with a mean and a standard deviation."""
    return standardise(view.render(crops, contract), *scale)
