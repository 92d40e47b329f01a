"""Faces and frozen networks small enough to train a generator on in a second."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from bauta.contract import CropContract
from bauta.express.view import TeacherView
from bauta.inference.face_view import FaceView
from bauta.recognize.torch_embedder import TorchInput
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.judges import Judges
from bauta.train.cgan.recipe import GanRecipe
from bauta.train.cgan.views import recognizer_view, teacher_view
from bauta.train.resnet import ResNet18

CONTRACT = CropContract(size=64)
VIEW = TeacherView(size=32)
SIZE = 32
RECIPE = GanRecipe(
    steps=6, batch_size=6, width=4, size=SIZE, evaluate_every=2, warm_up=2, bfloat16=False, patience=10
)


def small_judges(size: int = SIZE) -> Judges:
    """A recognizer and a teacher with random weights, for generated images of a size."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        recognizer = nn.Sequential(nn.Conv2d(3, 8, 5, 4), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 49, 16))
        teacher = ResNet18(4, stem="small").eval()
        # A network that nobody trained says the same of every face; this one takes sides.
        with torch.no_grad():
            logits = teacher(torch.from_numpy(_views(64))[:, None].float() / 255.0)
            teacher.head.weight.div_(logits.std(0)[:, None])
            teacher.head.bias.sub_(logits.mean(0)).div_(logits.std(0))
    face = FaceView(30, 30)
    return Judges(
        contract=CONTRACT,
        device=torch.device("cpu"),
        embedder=SimpleNamespace(given=TorchInput(face, 127.5, 128.0)),
        recognizer=recognizer.requires_grad_(False).eval(),
        face=recognizer_view(face, CONTRACT, size),
        teacher=teacher.requires_grad_(False),
        card=SimpleNamespace(temperature=1.0, view=VIEW),
        expression=teacher_view(VIEW, CONTRACT, size),
    )


def small_faces(photographs: int, others: int = 0, *, seed: int = 0, size: int = SIZE) -> GanFaces:
    """Noise with landmarks, four photographs a person."""
    rng = np.random.default_rng(seed)
    count = photographs + others
    return GanFaces(
        given={"landmarks": rng.uniform(-0.5, 0.5, (count, 68, 2)).astype(np.float32)},
        views=_views(count, seed),
        images=rng.integers(0, 256, (photographs, size, size, 3), dtype=np.uint8),
        vectors=rng.standard_normal((photographs, 16)).astype(np.float32),
        subjects=tuple(f"{seed}-{row // 4}" for row in range(photographs)),
        skipped=0,
        sha256=f"{seed}",
    )


def _views(count: int, seed: int = 0) -> np.ndarray:
    """Stripes in all directions."""
    rng = np.random.default_rng(seed)
    angles, phases = rng.uniform(0, np.pi, (2, count, 1, 1))
    rows, columns = np.mgrid[: VIEW.size, : VIEW.size] / VIEW.size * 12
    waves = np.sin(np.cos(angles) * rows + np.sin(angles) * columns + phases)
    return (127.5 + 127.5 * waves).astype(np.uint8)
