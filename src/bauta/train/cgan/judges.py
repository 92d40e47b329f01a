"""The frozen networks that guide a generator: a recognizer for identity and a teacher for expression."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import nn

from bauta.anonymize.cgan.settings import GENERATOR_TEACHER
from bauta.contract import CropContract
from bauta.errors import ConfigError, InfeasibleError
from bauta.express.card import WEIGHTS, TeacherCard
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.recognize import RECOGNIZERS
from bauta.recognize.torch_embedder import TorchEmbedder
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.views import SeparableView, grey, recognizer_view, teacher_view
from bauta.train.export import import_onnx
from bauta.train.resnet import ResNet18

BATCH = 32
IMPOSTORS = 1500
"""At most this many photographs are used to find a threshold: a million pairs."""


@dataclass(frozen=True)
class Judges:
    """A frozen recognizer and teacher on a device; gradients pass through both.

    Attributes:
        contract: Geometry of the crops.
        device: The device of both networks.
        embedder: The recognizer for crops.
        recognizer: The recognizer's network.
        face: The recognizer's view of a generated image.
        teacher: The teacher's network, without its pass over the mirrored view.
        card: The teacher's card.
        expression: The teacher's view of a generated image.
    """

    contract: CropContract
    device: torch.device
    embedder: TorchEmbedder
    recognizer: nn.Module
    face: SeparableView
    teacher: ResNet18
    card: TeacherCard
    expression: SeparableView

    @classmethod
    def load(
        cls, recognizer: str, models: ModelStore, contract: CropContract, size: int, device: torch.device
    ) -> Self:
        """Load both networks for generated images of the given size.

        Raises:
            ConfigError: the recognizer is not a PyTorch module.
            ModelError: weights are missing or are not the expected ones.
        """
        embedder = RECOGNIZERS.load(recognizer)(contract, models)
        if not isinstance(embedder, TorchEmbedder):
            raise ConfigError(
                f"recognizer '{recognizer}': expected a PyTorch module, because λ_id is differentiated "
                "through it; use mobilefacenet_casia"
            )
        folder = models.path(GENERATOR_TEACHER).parent
        card = TeacherCard.read(folder, shipped=True)
        teacher = import_onnx(folder / WEIGHTS, card.recipe)
        teacher.mirrored = False
        for network in (embedder.module, teacher):
            network.requires_grad_(False).to(device).to(memory_format=torch.channels_last)
        return cls(
            contract=contract,
            device=device,
            embedder=embedder,
            recognizer=embedder.module,
            face=recognizer_view(embedder.given.view, contract, size).to(device),
            teacher=teacher,
            card=card,
            expression=teacher_view(card.view, contract, size).to(device),
        )

    def embed(self, images: torch.Tensor) -> torch.Tensor:
        """Embeddings (N, D) of generated images (N, 3, S, S) in [-1, 1]."""
        given = self.embedder.given
        views = (self.face((images + 1.0) * 127.5) - given.mean) / given.std
        return self.recognizer(views.flip(1) if given.bgr else views).float()

    @torch.no_grad()
    def embed_crops(self, crops: Images) -> Floats:
        """Embeddings float32 (N, D) of the views of uint8 crops, without a mirrored second pass."""
        given = self.embedder.given
        views = given.view.render(crops, self.contract)
        pixels = torch.from_numpy(views[..., ::-1].copy() if given.bgr else views)
        batch = (pixels.permute(0, 3, 1, 2).float() - given.mean) / given.std
        found = [self.recognizer(part.to(self.device)) for part in batch.split(BATCH)]
        return np.asarray(torch.cat(found).float().cpu().numpy(), dtype=np.float32)

    def views(self, images: torch.Tensor) -> torch.Tensor:
        """The teacher's grey views of generated images, (N, 1, V, V) in [0, 1]."""
        return self.expression(grey((images + 1.0) / 2.0))

    def read(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The teacher's features of generated images, stage by stage."""
        return self.teacher.stages_of(self.views(images))

    def logits(self, stages: list[torch.Tensor]) -> torch.Tensor:
        """The teacher's calibrated logits (N, C) from its features."""
        return self.teacher.head(stages[-1].float().mean((2, 3))).float() / self.card.temperature


def threshold_at(faces: GanFaces, far: float, seed: int) -> float:
    """The cosine similarity that a share `far` of the pairs of different people exceeds.

    Raises:
        InfeasibleError: there are fewer than two people, or too few pairs to determine it.
    """
    known = np.array(
        [row for row, subject in enumerate(faces.subjects) if subject is not None], dtype=np.int64
    )
    chosen = np.random.default_rng(seed).permutation(known)[:IMPOSTORS]
    vectors = faces.vectors[chosen]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    _, people = np.unique([faces.subjects[row] for row in chosen], return_inverse=True)
    first, second = np.triu_indices(len(chosen), 1)
    different = people[first] != people[second]
    if different.sum() * far < 1:
        raise InfeasibleError(
            f"generator: got {int(different.sum())} pairs of different people, expected at least "
            f"{round(1 / far)} to find the match threshold; train on more people"
        )
    scores = (vectors @ vectors.T)[first[different], second[different]]
    return float(np.quantile(scores, 1.0 - far))
