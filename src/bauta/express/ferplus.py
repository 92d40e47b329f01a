"""FER+'s network (Barsoum et al., ICMI 2016) as in the ONNX model zoo, trained on FER+ labels."""

from functools import partial

import numpy as np

from bauta.contract import CropContract
from bauta.express.onnx_teacher import OnnxTeacher
from bauta.inference.face_view import FER2013_BOX, FaceView
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="ferplus",
    kind="teacher",
    implementation="bauta.express.ferplus:ferplus",
    about="A VGG of 13 layers trained on the labels of FER+.",
    files=("ferplus",),
    gpu=True,
    space="ferplus8",
    source="Barsoum et al., ICMI 2016",
)


VIEW = FaceView(64, 64, FER2013_BOX)


def ferplus(contract: CropContract, models: ModelStore) -> OnnxTeacher:
    """Load the VGG of 13 layers, 8 classes, on grey 64×64 views of FER-2013's frame with values 0 to 255."""
    return OnnxTeacher(
        contract,
        models.path("ferplus"),
        "ferplus8",
        (1, VIEW.height),
        partial(_prepare, contract=contract),
    )


def _prepare(crops: Images, contract: CropContract) -> Floats:
    return VIEW.grey(crops, contract)[:, None].astype(np.float32)
