"""The parts of the generator's loss, L = λ_adv L_adv + λ_rec L_rec + λ_id L_id + λ_expr L_expr."""

import torch
from torch.nn import functional

LAYOUT_CELLS = 16
"""Cells a side in which L_rec compares mean colours: coarse enough that no texture is copied."""


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Hinge loss of the discriminator (Lim and Ye, Geometric GAN, 2017, section 4)."""
    return functional.relu(1.0 - real).mean() + functional.relu(1.0 + fake).mean()


def adversarial_loss(fake: torch.Tensor) -> torch.Tensor:
    """Hinge loss of the generator."""
    return -fake.mean()


def layout_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the colours of a coarse grid."""
    cells = (LAYOUT_CELLS, LAYOUT_CELLS)
    return functional.l1_loss(
        functional.adaptive_avg_pool2d(generated, cells), functional.adaptive_avg_pool2d(original, cells)
    )


def perceptual_loss(generated: list[torch.Tensor], original: list[torch.Tensor]) -> torch.Tensor:
    """Mean absolute difference of a frozen network's early features, each in units of its own spread."""
    parts = []
    for after, before in zip(generated, original, strict=True):
        spread = before.std((0, 2, 3), keepdim=True) + 1e-3
        parts.append(((after - before).abs() / spread).mean())
    return torch.stack(parts).mean()


def cosine_identity_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean likeness in the eyes of a recognizer; being the opposite of someone is not rewarded."""
    return functional.cosine_similarity(generated, original).clamp_min(0.0).mean()


def threshold_identity_loss(
    generated: torch.Tensor, original: torch.Tensor, threshold: float
) -> torch.Tensor:
    """Mean excess of the likeness over the threshold at which the recognizer says that it is the same person."""
    return functional.relu(functional.cosine_similarity(generated, original) - threshold).mean()


def posterior_loss(generated: torch.Tensor, original: torch.Tensor, temperature: float) -> torch.Tensor:
    """Kullback–Leibler divergence of the teacher's posteriors at a temperature, times its square.

    Hinton et al., Distilling the Knowledge in a Neural Network, 2015, section 2.
    """
    after = functional.log_softmax(generated / temperature, dim=1)
    before = functional.log_softmax(original / temperature, dim=1)
    divergence = functional.kl_div(after, before, reduction="batchmean", log_target=True)
    return divergence * temperature**2


def feature_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean cosine distance of the teacher's features."""
    return (1.0 - functional.cosine_similarity(generated, original)).mean()
