"""GANonymization with its network trained further on people of the dataset who are not scored."""

from pathlib import Path
from typing import Any

from bauta.anonymize.ganonymization.anonymizer import Ganonymization
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.ganonymization.settings import TrainedGanonymizationSetting
from bauta.anonymize.generator_card import TENSORS, Architecture, GeneratorCard
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="ganonymization_trained",
    kind="anonymizer",
    implementation="bauta.anonymize.ganonymization.trained:ganonymization_trained",
    about="A head that GANonymization's network draws, trained further on people who are not scored.",
    files=("ganonymization_25", "ganonymization_50"),
    sees=("mesh",),
    gpu=True,
    settings="bauta.anonymize.ganonymization.settings:TrainedGanonymizationSetting",
    source="Hellmann et al., ACM TOMM 21(1), 2025, https://arxiv.org/abs/2305.02143",
)

ARCHITECTURE: Architecture = "ganonymization"


class TrainedGanonymization:
    """Draws as `Ganonymization` does, with other weights, and knows whom they were learnt from.

    Args:
        backend: Draws with these weights.
        card: Description of the weights.

    Attributes:
        sees: What the backend sees.
        learnt_from: Digests of the people of its training.
    """

    def __init__(self, backend: Ganonymization, card: GeneratorCard) -> None:
        card.check_contract(backend.contract)
        self.sees = backend.sees
        self.card = card
        self.learnt_from = frozenset(card.subjects)
        self._backend = backend

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Draw a head for each mesh, as `Ganonymization.anonymize` does.

        Raises:
            DataError: the batch has no meshes.
        """
        return self._backend.anonymize(batch, seed=seed)

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the generator."""
        del faces
        return {"generator_sha256": self.card.weights_sha256}


def ganonymization_trained(
    setting: TrainedGanonymizationSetting, contract: CropContract, trained: Path | str, models: ModelStore
) -> TrainedGanonymization:
    """Load a generator that the workflow has trained on people of the same dataset who are not scored.

    Args:
        setting: Settings that it was trained with.
        contract: Geometry of the crops.
        trained: Folder written by the rule `train_anonymizer`.
        models: Not used: the folder holds all weights.

    Raises:
        ModelError: the weights are missing, do not match the card, hold another network, or were trained for
            another backend, with other settings or on other crops.
    """
    del models
    trained = Path(trained)
    card = GeneratorCard.read(trained, expected=ARCHITECTURE)
    card.check_architecture(ARCHITECTURE, trained)
    for name, expected in setting.model_dump().items():
        if (got := card.setting.get(name)) != expected:
            raise ModelError(
                f"generator: {trained} was trained with {name}={got}, expected {expected}; train the "
                "generator again"
            )
    tensors, _ = load_tensors(trained / TENSORS)
    network = load_strictly(UNetGenerator(), tensors, trained / TENSORS)
    return TrainedGanonymization(Ganonymization(setting, contract, network), card)
