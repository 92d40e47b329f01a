"""The mean face, warped to given landmarks: the base image that a generator modifies.

A mean over many people shows none of them (Newton et al., Preserving privacy by de-identifying face images,
TKDE 2005). Warped to the landmarks, it has their pose and the shape of their features (Cootes et al., Active
appearance models, TPAMI 2001, section 2).
"""

import torch
from torch import nn
from torch.nn import functional

GRID = 32
"""Side of the grid on which a warp is computed; it is interpolated in between."""

REACH = 0.12
"""Standard deviation of a landmark's influence, as a fraction of half the crop's side."""

REST = 0.05
"""Weight of a zero displacement, which dominates far from all landmarks."""

LIMIT = 0.97
"""Largest absolute value of the mean face, so that the network can change it before the final tanh."""


class Appearance(nn.Module):
    """A mean face and its landmarks.

    Args:
        size: Side of the image in pixels.
        warped: Whether it is warped to landmarks; a generator without landmarks gets the mean unchanged.
    """

    mean: torch.Tensor
    shape: torch.Tensor
    centres: torch.Tensor

    def __init__(self, size: int, *, warped: bool) -> None:
        super().__init__()
        self.warped = warped
        self.size = size
        self.register_buffer("mean", torch.zeros(1, 3, size, size))
        self.register_buffer("shape", torch.zeros(68, 2))
        axis = (2 * torch.arange(GRID) + 1.0) / GRID - 1.0
        rows, columns = torch.meshgrid(axis, axis, indexing="ij")
        self.register_buffer(
            "centres", torch.stack([columns, rows], 2).view(1, GRID * GRID, 2), persistent=False
        )

    def forward(self, landmarks: torch.Tensor | None, faces: int) -> torch.Tensor:
        """Images (N, 3, size, size) in [-LIMIT, LIMIT] for landmarks (N, 68, 2) or N faces without any."""
        if not self.warped or landmarks is None:
            return self.mean.expand(faces, -1, -1, -1)
        return self._warp(self.mean.expand(faces, -1, -1, -1), landmarks, self.shape.expand(faces, -1, -1))

    @torch.no_grad()
    def average(self, images: torch.Tensor, landmarks: torch.Tensor | None) -> None:
        """Average photographs (P, 3, size, size), each warped to their mean landmarks, into the mean face."""
        if self.warped and landmarks is not None:
            self.shape.copy_(landmarks.mean(0))
            parts = [
                self._warp(part, self.shape.expand(len(part), -1, -1), own).sum(0)
                for part, own in zip(images.split(64), landmarks.split(64), strict=True)
            ]
            images = torch.stack(parts).sum(0, keepdim=True) / len(images)
        self.mean.copy_(images.mean(0, keepdim=True).clamp(-LIMIT, LIMIT))

    def _warp(self, images: torch.Tensor, to: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """Warp images so that their landmarks `source` (N, 68, 2) move to `to` (N, 68, 2)."""
        squares = (
            self.centres.square().sum(2, keepdim=True)
            + to.square().sum(2)[:, None]
            - 2.0 * self.centres @ to.transpose(1, 2)
        )
        influence = torch.exp(-0.5 / REACH**2 * squares.clamp_min(0.0))
        moved = influence @ (source - to) / (influence.sum(2, keepdim=True) + REST)
        flow = (self.centres + moved).view(-1, GRID, GRID, 2).permute(0, 3, 1, 2)
        grid = functional.interpolate(flow, (self.size, self.size), mode="bilinear", align_corners=False)
        return functional.grid_sample(
            images, grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False
        )
