"""FaceNet (Schroff et al., CVPR 2015), trained by D. Sandberg, ported by facenet-pytorch, 512 dimensions.

The networks see RGB, (x − 127.5) / 128, in the upright box of MTCNN, which is stretched to a square. bauta
never detects again, so they see the position of that box in the aligned crop; only the rotation to upright
eyes and the jitter of the box differ.
"""

from bauta.contract import CropContract
from bauta.inference.face_view import FaceView
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.recognize.inception_resnet import DIMENSIONS, InceptionResnetV1
from bauta.recognize.torch_embedder import TorchEmbedder, TorchInput, load_strictly
from bauta.registry import Card

CARDS = (
    Card(
        name="facenet_casia",
        kind="recognizer",
        implementation="bauta.recognize.facenet:facenet_casia",
        about="FaceNet trained on CASIA-WebFace.",
        files=("facenet_casia",),
        gpu=True,
        source="Schroff et al., FaceNet, CVPR 2015",
    ),
    Card(
        name="facenet_vggface2",
        kind="recognizer",
        implementation="bauta.recognize.facenet:facenet_vggface2",
        about="FaceNet trained on VGGFace2.",
        files=("facenet_vggface2",),
        gpu=True,
        source="Schroff et al., FaceNet, CVPR 2015",
    ),
)


BOX_CENTRE = (55.1, 64.5)
BOX_SIDES = (78.3, 104.3)
"""Centre, width and height of MTCNN's box in pixels of the 112-pixel ArcFace crop: the medians over 201
photographs of LFW, each face aligned by MTCNN's own points."""

SIZE = 160
MARGIN = 14
"""Pixels of the input outside the box, both sides together, as in facenet-pytorch's test on LFW."""

_HALF = tuple(side * SIZE / (SIZE - MARGIN) / 2 for side in BOX_SIDES)
VIEW = FaceView(
    SIZE,
    SIZE,
    (
        BOX_CENTRE[0] - _HALF[0],
        BOX_CENTRE[1] - _HALF[1],
        BOX_CENTRE[0] + _HALF[0],
        BOX_CENTRE[1] + _HALF[1],
    ),
)
"""The input of the networks."""

CLASSIFIER = ("logits.weight", "logits.bias")
"""Tensors of the files that belong to the classifier over the training identities."""


def facenet_vggface2(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """Load the network trained on VGGFace2.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("facenet_vggface2", contract, models)


def facenet_casia(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """Load the network trained on CASIA-WebFace.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("facenet_casia", contract, models)


def _load(name: str, contract: CropContract, models: ModelStore) -> TorchEmbedder:
    content = load_weights(models.path(name))
    weights = {key: value for key, value in content.items() if key not in CLASSIFIER}
    module = load_strictly(InceptionResnetV1(), weights, name)
    return TorchEmbedder(contract, module, TorchInput(VIEW, 127.5, 128.0), DIMENSIONS)
