"""HSEmotion, now EmotiEffLib (Savchenko, IJCNN 2021): EfficientNets trained on AffectNet, as ONNX graphs."""

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
)


MTCNN_BOX = (16.4, 12.4, 94.7, 117.2)
"""The box of MTCNN, the median over 500 aligned photographs of LFW, in pixels of the ArcFace crop.

HSEmotion's examples cut this box out and resize it to a square, so that the face is widened by a third.
"""

SIZE_B0 = 224
SIZE_B2 = 260


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


def _open(contract: CropContract, models: ModelStore, model: str, size: int, space: str) -> OnnxTeacher:
    prepare = partial(_prepare, contract=contract, view=FaceView(size, size, MTCNN_BOX))
    return OnnxTeacher(contract, models.path(model), space, (3, size), prepare)


def _prepare(crops: Images, contract: CropContract, view: FaceView) -> Floats:
    """RGB views with ImageNet's mean and standard deviation."""
    return standardise(view.render(crops, contract), IMAGENET_MEAN, IMAGENET_STD)
