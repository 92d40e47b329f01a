"""Faces with meshes and a network small enough to train it further in a second."""

from dataclasses import replace

import numpy as np
import torch
from gan_faces import CONTRACT, small_faces
from torch import nn

from bauta.testing.samples import mesh_points
from bauta.train.cgan.faces import GanFaces
from bauta.train.ganonymization.recipe import FinetuneRecipe

SIDE = 32
FINETUNE = FinetuneRecipe(
    side=SIDE, size=32, steps=6, batch_size=4, width=4, evaluate_every=2, patience=10, bfloat16=False
)


class SmallUNet(nn.Module):
    """A head from a drawing, by two convolutions with random weights of a seed."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.down, self.up = nn.Conv2d(3, 8, 4, 2, 1), nn.ConvTranspose2d(8, 3, 4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.up(torch.relu(self.down(x))))


def mesh_faces(photographs: int, *, seed: int = 0) -> GanFaces:
    """The faces of `small_faces` with a mesh each, moved and stretched at random."""
    rng = np.random.default_rng(seed)
    moved = rng.normal(0, 2, (photographs, 1, 2)) + rng.uniform(0.9, 1.1, (photographs, 1, 2)) * mesh_points(
        CONTRACT.size
    )
    return replace(small_faces(photographs, seed=seed), given={"mesh": moved.astype(np.float32)})
