"""The teachers that come with bauta: a narrow ResNet-18, and two narrow VGGs that train no other network."""

from bauta.contract import CropContract
from bauta.express.card import WEIGHTS, TeacherCard
from bauta.express.trained import TrainedTeacher
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.registry import Card

CARDS = (
    Card(
        name="resnet18_fer2013",
        kind="teacher",
        implementation="bauta.express.shipped:resnet18_fer2013",
        about="Trained on FER-2013; it comes with bauta.",
        files=("resnet18_fer2013",),
        space="fer2013",
        source="He et al., CVPR 2016",
    ),
    Card(
        name="vgg_fer2013",
        kind="teacher",
        implementation="bauta.express.shipped:vgg_fer2013",
        about="Two networks trained on FER-2013, on local contrast alone; it trains nothing else.",
        files=("vgg_fer2013",),
        space="fer2013",
        source="Simonyan and Zisserman, ICLR 2015",
    ),
)


def resnet18_fer2013(contract: CropContract, models: ModelStore) -> TrainedTeacher:
    """Load the ResNet-18, which generators are trained with."""
    return _open("resnet18_fer2013", contract, models)


def vgg_fer2013(contract: CropContract, models: ModelStore) -> TrainedTeacher:
    """Load the VGGs, which see local contrast alone and are a judge of all generators."""
    return _open("vgg_fer2013", contract, models)


def _open(name: str, contract: CropContract, models: ModelStore) -> TrainedTeacher:
    """Load weights and the card beside them; any crops will do that contain the teacher's view.

    Raises:
        ModelError: the weights are missing or are not the expected ones.
    """
    folder = models.path(name).parent
    return TrainedTeacher(TeacherCard.read(folder, shipped=True), contract, open_session(folder / WEIGHTS))
