"""Random augmentation of training views that preserves the expression."""

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """Strength of the augmentation; the defaults suit small sets of aligned faces.

    Attributes:
        rotation: Largest angle in radians.
        scale: Largest relative change of the scale.
        shift: Largest shift, as a fraction of the side.
        gamma: Largest absolute logarithm of the exponent of the gamma curve.
        light: Largest fall-off of the light from the centre to an edge.
        soften: Largest share of a 3×3 mean.
        noise: Largest standard deviation of the noise, for grey values in [0, 1].
        erase: Largest side of the erased square, as a fraction of the view's side (Zhong et al., Random
            Erasing, AAAI 2020); 0 erases nothing.
    """

    rotation: float = 0.1
    scale: float = 0.05
    shift: float = 0.02
    gamma: float = 0.35
    light: float = 0.3
    soften: float = 1.0
    noise: float = 0.02
    erase: float = 0.0


def augment(views: torch.Tensor, strength: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Mirror, move, relight, blur, add noise to and partly erase views at random.

    The seven expressions are mirror-symmetric, so a mirrored face keeps its label.

    Args:
        views: float32 (N, 1, H, W) in [0, 1].
        strength: Strength of each change.
        generator: Source of randomness, on the views' device.

    Returns:
        float32 (N, 1, H, W) in [0, 1].
    """
    relit = _relight(_move(views, strength, generator), strength, generator)
    mean = functional.avg_pool2d(relit, 3, 1, 1)
    soft = torch.lerp(relit, mean, _uniform(relit, 0.0, strength.soften, generator))
    noise = torch.randn(soft.shape, generator=generator, device=soft.device)
    disturbed = (soft + noise * _uniform(soft, 0.0, strength.noise, generator)).clamp(0.0, 1.0)
    return _erase(disturbed, strength, generator) if strength.erase > 0 else disturbed


def _uniform(views: torch.Tensor, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    """Draw one number for each view, (N, 1, 1, 1)."""
    return low + (high - low) * torch.rand((len(views), 1, 1, 1), generator=generator, device=views.device)


def _move(views: torch.Tensor, strength: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Mirror half of the views; rotate, scale and shift all of them."""
    angle = _uniform(views, -strength.rotation, strength.rotation, generator).flatten()
    scale = 1.0 + _uniform(views, -strength.scale, strength.scale, generator).flatten()
    mirror = torch.where(_uniform(views, 0.0, 1.0, generator).flatten() < 0.5, -1.0, 1.0)
    # The grid spans [-1, 1]: a side is two units long.
    limit = 2 * strength.shift
    shift = [_uniform(views, -limit, limit, generator).flatten() for _ in range(2)]
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = torch.stack([mirror * cosine, -sine, shift[0], mirror * sine, cosine, shift[1]], dim=1)
    grid = functional.affine_grid(rows.view(-1, 2, 3), list(views.shape), align_corners=False)
    return functional.grid_sample(views, grid, padding_mode="border", align_corners=False)


def _relight(views: torch.Tensor, strength: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Apply a gamma curve, and light that falls off in a random direction."""
    gamma = _uniform(views, -strength.gamma, strength.gamma, generator).exp()
    down, right = (_uniform(views, -strength.light, strength.light, generator) for _ in range(2))
    rows, columns = _grid(views)
    return (views.clamp_min(1e-4) ** gamma * (1.0 + down * rows + right * columns)).clamp(0.0, 1.0)


def _erase(views: torch.Tensor, strength: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Place a square of one grey value at random on each view; on half of them, its size is zero."""
    side = _uniform(views, -strength.erase, strength.erase, generator).clamp_min(0.0)
    row, column = (_uniform(views, -1.0, 1.0, generator) for _ in range(2))
    grey = _uniform(views, 0.0, 1.0, generator)
    rows, columns = _grid(views)
    inside = ((rows - row).abs() < side) & ((columns - column).abs() < side)
    return torch.where(inside, grey, views)


def _grid(views: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows (1, 1, H, 1) and columns (1, 1, 1, W) from -1 to 1."""
    height, width = views.shape[2:]
    rows = torch.linspace(-1.0, 1.0, height, device=views.device).view(1, 1, -1, 1)
    columns = torch.linspace(-1.0, 1.0, width, device=views.device).view(1, 1, 1, -1)
    return rows, columns
