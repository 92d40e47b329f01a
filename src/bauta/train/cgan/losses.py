"""The parts of the generator's loss, the sum of λ times L for adv, rec, id, expr and inv (docs/cgan.md)."""

from collections.abc import Sequence

import torch
from torch.nn import functional

LAYOUT_CELLS = 32
"""Cells per side in which L_rec compares mean colours: coarse enough that no texture is copied."""


ROUGHNESS = 3.0
"""Weight of the roughness of a drawing's change relative to its layout.

Shades may change, but no second mouth is drawn beside the first.
"""


def discriminator_loss(real: Sequence[torch.Tensor], fake: Sequence[torch.Tensor]) -> torch.Tensor:
    """Hinge loss of the discriminator (Lim and Ye, Geometric GAN, 2017, section 4), mean over its scores."""
    parts = [
        functional.relu(1.0 - good).mean() + functional.relu(1.0 + bad).mean()
        for good, bad in zip(real, fake, strict=True)
    ]
    return torch.stack(parts).mean()


def adversarial_loss(fake: Sequence[torch.Tensor]) -> torch.Tensor:
    """Hinge loss of the generator, mean over the discriminator's scores."""
    return -torch.stack([scores.mean() for scores in fake]).mean()


def layout_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the colours of a coarse grid."""
    # Adaptive pooling has no deterministic gradient on a GPU.
    pixels = max(2, original.shape[2] // LAYOUT_CELLS)
    return functional.l1_loss(
        functional.avg_pool2d(generated, pixels), functional.avg_pool2d(original, pixels)
    )


def drawing_loss(generated: torch.Tensor, drawing: torch.Tensor) -> torch.Tensor:
    """Distance of generated images from their drawings: of the layout, and the total variation of the change.

    Similarity to photographs, which have details that the generator is not told, would only blur them. Total
    variation: Rudin, Osher and Fatemi, Nonlinear total variation based noise removal, Physica D 1992.
    """
    change = generated - drawing
    rough = change.diff(dim=2).abs().mean() + change.diff(dim=3).abs().mean()
    return layout_loss(generated, drawing) + ROUGHNESS * rough


def symmetry_loss(generated: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference between faces and the mirrored output for their mirror images."""
    return functional.l1_loss(generated, mirrored.flip(3))


def perceptual_loss(generated: list[torch.Tensor], original: list[torch.Tensor]) -> torch.Tensor:
    """Mean absolute difference of a frozen network's early features, each in units of its own spread."""
    parts = []
    for after, before in zip(generated, original, strict=True):
        spread = before.std((0, 2, 3), keepdim=True) + 1e-3
        parts.append(((after - before).abs() / spread).mean())
    return torch.stack(parts).mean()


def cosine_identity_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Mean similarity according to a recognizer, clipped at 0 so that opposites are not rewarded."""
    return functional.cosine_similarity(generated, original).clamp_min(0.0).mean()


def threshold_identity_loss(
    generated: torch.Tensor, original: torch.Tensor, threshold: float
) -> torch.Tensor:
    """Mean excess of the similarity over the recognizer's match threshold."""
    return functional.relu(functional.cosine_similarity(generated, original) - threshold).mean()


def relational_identity_loss(generated: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Correlation of pairwise similarities among generated faces with those of their originals, at least 0.

    An attacker who compares anonymized faces with each other (the protocol parrot, the adaptive attacker)
    needs no similarity to the originals, only that similar faces stay similar.
    """
    if len(generated) < 3:
        return generated.new_zeros(())
    first, second = torch.triu_indices(len(generated), len(generated), 1, device=generated.device)
    after, before = (
        (unit @ unit.T)[first, second]
        for unit in (functional.normalize(generated), functional.normalize(original))
    )
    after, before = after - after.mean(), before - before.mean()
    return ((after * before).mean() / (after.std() * before.std() + 1e-6)).clamp_min(0.0)


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
