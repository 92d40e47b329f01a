"""The picture restored by a network that is trained on the attacker's own people, whatever the anonymizer.

A small U-Net (Ronneberger, Fischer and Brox, MICCAI 2015) from anonymized to clear crops, as in Todt, Hanisch
and Strufe, "Fantômas", PoPETs 2024, section 4. It never sees a scored person.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bauta.attack.views.people import ClearFaces, People, resized
from bauta.inference.device import torch_device
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.registry import Card

CARD = Card(
    name="restored_network",
    kind="view",
    implementation="bauta.attack.views.restored_network:restored_network",
    about="The picture restored by a small U-Net that is trained on the attacker's own people.",
    restores=True,
    gpu=True,
    source="Ronneberger, Fischer and Brox, MICCAI 2015",
)

SIDE, WIDTH, DEPTH = 128, 16, 4
STEPS, BATCH, RATE = 1500, 8, 2e-3
APPLIED = 32
"""Number of faces that are restored at once."""
FEWEST = 16
"""Fewest faces to learn from."""


class UNet(nn.Module):
    """Adds a correction to images float (N, 3, SIDE, SIDE) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        widths = [WIDTH * min(2**level, 4) for level in range(DEPTH)]
        self.down = nn.ModuleList(
            _block(before, width) for before, width in zip([3, *widths[:-1]], widths, strict=True)
        )
        self.up = nn.ModuleList(
            _block(below + width, width) for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.out = nn.Conv2d(widths[0], 3, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Restore images."""
        features, kept = images, []
        for level, block in enumerate(self.down):
            features = block(functional.avg_pool2d(features, 2) if level else features)
            kept.append(features)
        for block, beside in zip(self.up, kept[-2::-1], strict=True):
            features = block(torch.cat([functional.interpolate(features, scale_factor=2.0), beside], dim=1))
        corrected: torch.Tensor = images + self.out(features)
        return corrected


def _block(before: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, width, 3, padding=1),
        nn.GroupNorm(4, width),
        nn.SiLU(),
        nn.Conv2d(width, width, 3, padding=1),
        nn.GroupNorm(4, width),
        nn.SiLU(),
    )


@dataclass(frozen=True)
class RestoredByNetwork:
    """Embeds restored pictures; see `LearntView`."""

    recognizer: Recognizer
    network: UNet | None
    device: torch.device
    about: str

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self.recognizer.dimensions

    def anonymized(self, images: Images) -> Floats:
        """Embeddings of the restored images."""
        return self.recognizer.embed(self.restore(images))

    def restore(self, images: Images) -> Images:
        """Restored images, uint8 like those given."""
        if self.network is None:
            return images
        restored = np.empty_like(images)
        with torch.inference_mode():
            for start in range(0, len(images), APPLIED):
                part = images[start : start + APPLIED]
                found = self.network(_tensor(resized(part, SIDE)).to(self.device)).clamp(0, 1).cpu()
                whole = np.rint(found.permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8)
                restored[start : start + APPLIED] = resized(whole, images.shape[1])
        return restored

    def clear(self, faces: ClearFaces) -> Floats:
        """Embeddings of clear faces."""
        return faces.vectors


def restored_network(
    people: People,
    backend: Anonymizer,  # noqa: ARG001 - it is learnt from its pictures alone
    recognizer: Recognizer,
    *,
    seed: int,
    steps: int = STEPS,
) -> RestoredByNetwork:
    """Train the network on the attacker's own people; see `View`.

    Args:
        people: The attacker's own people.
        backend: The anonymizer, which is not asked.
        recognizer: The recognizer of the attack.
        seed: Seed of the initial weights and of the batches.
        steps: Number of steps.
    """
    device = torch_device()
    if len(people) < FEWEST:
        return RestoredByNetwork(recognizer, None, device, "no people to learn from")
    pairs = [
        np.concatenate([resized(read(rows), SIDE) for rows in people.batches()])
        for read in (people.released, people.original)
    ]
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        network = UNet().to(device)
        loss = _train(network, pairs[0], pairs[1], device, seed=seed, steps=steps)
    told = f"U-Net, {steps} steps on {len(people)} own faces, L1 {loss:.3f}"
    return RestoredByNetwork(recognizer, network.eval(), device, told)


def _train(
    network: UNet, released: Images, original: Images, device: torch.device, *, seed: int, steps: int
) -> float:
    """Train with L1 and mirrored pairs, and return the mean loss of the last tenth of the steps."""
    numbers = np.random.default_rng([seed, 6])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    losses = []
    for _ in range(steps):
        rows = numbers.integers(0, len(released), BATCH)
        seen, wanted = (_tensor(images[rows]).to(device) for images in (released, original))
        if numbers.random() < 0.5:
            seen, wanted = seen.flip(3), wanted.flip(3)
        loss = functional.l1_loss(network(seen), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses[-max(1, steps // 10) :]))


def _tensor(images: Images) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
