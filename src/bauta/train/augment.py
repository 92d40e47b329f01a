"""Random changes of training views that leave the expression as it is."""

import torch
from torch.nn import functional

ROTATION = 0.1
"""Radians. The crops are aligned, so that only the error of the alignment has to be covered."""

SCALE = 0.05
SHIFT = 0.02
"""Part of the view's side."""

GAMMA = 0.35
LIGHT = 0.3
NOISE = 0.02


def augment(views: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror, move, relight, soften and disturb views at random.

    The seven expressions are mirror-symmetric, so a mirrored face keeps its label.

    Args:
        views: float32 (N, 1, H, W) in [0, 1].
        generator: Source of randomness, on the views' device.

    Returns:
        float32 (N, 1, H, W) in [0, 1].
    """
    relit = _relight(_move(views, generator), generator)
    soft = torch.lerp(relit, functional.avg_pool2d(relit, 3, 1, 1), _uniform(relit, 0.0, 1.0, generator))
    noise = torch.randn(soft.shape, generator=generator, device=soft.device)
    return (soft + noise * _uniform(soft, 0.0, NOISE, generator)).clamp(0.0, 1.0)


def _uniform(views: torch.Tensor, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    """One number for each view, (N, 1, 1, 1)."""
    return low + (high - low) * torch.rand((len(views), 1, 1, 1), generator=generator, device=views.device)


def _move(views: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror half of the views; turn, scale and shift all."""
    angle = _uniform(views, -ROTATION, ROTATION, generator).flatten()
    scale = 1.0 + _uniform(views, -SCALE, SCALE, generator).flatten()
    mirror = torch.where(_uniform(views, 0.0, 1.0, generator).flatten() < 0.5, -1.0, 1.0)
    # The grid spans [-1, 1], two units a side.
    shift = [_uniform(views, -2 * SHIFT, 2 * SHIFT, generator).flatten() for _ in range(2)]
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = torch.stack([mirror * cosine, -sine, shift[0], mirror * sine, cosine, shift[1]], dim=1)
    grid = functional.affine_grid(rows.view(-1, 2, 3), list(views.shape), align_corners=False)
    return functional.grid_sample(views, grid, padding_mode="border", align_corners=False)


def _relight(views: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A gamma curve, and light that falls off in a random direction."""
    height, width = views.shape[2:]
    rows = torch.linspace(-1.0, 1.0, height, device=views.device).view(1, 1, -1, 1)
    columns = torch.linspace(-1.0, 1.0, width, device=views.device).view(1, 1, 1, -1)
    gamma = _uniform(views, -GAMMA, GAMMA, generator).exp()
    down, right = (_uniform(views, -LIGHT, LIGHT, generator) for _ in range(2))
    return (views.clamp_min(1e-4) ** gamma * (1.0 + down * rows + right * columns)).clamp(0.0, 1.0)
