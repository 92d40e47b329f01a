"""HSEmotion, now EmotiEffLib (Savchenko, IJCNN 2021): EfficientNets trained on AffectNet, as ONNX graphs."""

from functools import partial

from bauta.contract import CropContract
from bauta.express.batches import IMAGENET_MEAN, IMAGENET_STD, standardise
from bauta.express.onnx_teacher import OnnxTeacher
from bauta.express.views import FaceView
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images

MTCNN_BOX = (16.4, 12.4, 94.7, 117.2)
"""The box of MTCNN, the median over 500 aligned photographs of LFW, in pixels of the ArcFace crop.

HSEmotion's examples cut this box out and resize it to a square, so that the face is widened by a third.
"""

SIZE_B0 = 224
SIZE_B2 = 260


def hsemotion_b0(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """EfficientNet-B0, 8 classes, the version that was best on VGAF."""
    return _open(contract, models, "hsemotion_b0", SIZE_B0, "hsemotion8")


def hsemotion_b0_afew(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """EfficientNet-B0, 8 classes, the version that was best on AFEW."""
    return _open(contract, models, "hsemotion_b0_afew", SIZE_B0, "hsemotion8")


def hsemotion_b2(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """EfficientNet-B2, 8 classes."""
    return _open(contract, models, "hsemotion_b2", SIZE_B2, "hsemotion8")


def hsemotion_b2_7(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """EfficientNet-B2, 7 classes, without contempt."""
    return _open(contract, models, "hsemotion_b2_7", SIZE_B2, "hsemotion7")


def _open(contract: CropContract, models: ModelStore, model: str, size: int, space: str) -> OnnxTeacher:
    prepare = partial(_prepare, contract=contract, view=FaceView(size, MTCNN_BOX))
    return OnnxTeacher(contract, models.path(model), space, (3, size), prepare)


def _prepare(crops: Images, contract: CropContract, view: FaceView) -> Floats:
    """RGB views with ImageNet's mean and standard deviation."""
    return standardise(view.colour(crops, contract), IMAGENET_MEAN, IMAGENET_STD)
