"""A small recognizer that is trained on the attacker's own people, clear and anonymized.

The attacker who trains on anonymized faces: parrot recognition in Newton, Sweeney and Malin, IEEE TKDE 17(2),
2005; with a network in McPherson, Shokri and Shmatikov, arXiv:1609.00408, 2016, and in Todt, Hanisch and
Strufe, "Fantômas", PoPETs 2024. Those train on the people whom they recognize. This one never sees a scored
person: it learns an embedding in which the clear and the anonymized pictures of a person are close together.
"""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

from bauta.attack.views.people import ClearFaces, People, resized, unit
from bauta.inference.device import torch_device
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.registry import Card

CARD = Card(
    name="trained_network",
    kind="view",
    implementation="bauta.attack.views.trained_network:trained_network",
    about="The embedding by a small ResNet, trained on the attacker's own people, clear and anonymized.",
    gpu=True,
    source="Wang et al., CVPR 2018 (CosFace)",
)

SIDE, WIDTH, DIMENSIONS = 64, 32, 128
STEPS, BATCH, RATE, DECAY = 1500, 32, 2e-3, 0.05
SCALE, MARGIN = 30.0, 0.2
"""Of CosFace: the length of the features, and what is taken from the cosine to the right person."""
SHIFT, BRIGHTNESS = 3, 0.2
"""Greatest shift in pixels of the network's input, and greatest relative change of brightness."""
APPLIED = 64
"""Number of faces that are embedded at once."""
FEWEST, FEWEST_PEOPLE = 16, 4
"""Fewest faces and fewest people to learn from."""


class SmallResNet(nn.Module):
    """Embeds images float (N, 3, SIDE, SIDE) in [-1, 1] as unit vectors float (N, DIMENSIONS).

    ResNet-18 (He et al., CVPR 2016, table 1) with half the width, a stem for small images, and a linear layer
    in place of the average: crops are aligned, so it matters where something is. It normalises each image by
    itself (GroupNorm), because clear and anonymized pictures are distributed differently. Only embeddings are
    standardised over the batch, as in Deng et al., CVPR 2019 (ArcFace): otherwise all are alike at first, and
    people are told apart much later.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [WIDTH * 2**stage for stage in range(4)]
        self.features = nn.Sequential(
            nn.Conv2d(3, WIDTH, 3, stride=2, padding=1, bias=False),
            _norm(WIDTH),
            nn.ReLU(),
            _stage(WIDTH, WIDTH, stride=1),
            *(_stage(before, width, stride=2) for before, width in pairwise(widths)),
        )
        self.embedding = nn.Sequential(
            nn.Linear(widths[-1] * (SIDE // 16) ** 2, DIMENSIONS, bias=False),
            nn.BatchNorm1d(DIMENSIONS, affine=False),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Embed images."""
        return functional.normalize(self.embedding(self.features(images).flatten(1)))


_norm = partial(nn.GroupNorm, 8)


def _stage(before: int, width: int, *, stride: int) -> nn.Sequential:
    shortcut = None
    if before != width:
        shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), _norm(width))
    return nn.Sequential(
        BasicBlock(before, width, stride, shortcut, norm_layer=_norm),
        BasicBlock(width, width, norm_layer=_norm),
    )


@dataclass(frozen=True)
class TrainedNetwork:
    """Embeds released and clear pictures alike; see `LearntView`.

    Without people to train on, it embeds with the recognizer of the attack, as `as_is` does: an attacker
    who cannot train a network would use the one that he has.
    """

    recognizer: Recognizer
    network: SmallResNet | None
    device: torch.device
    about: str

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self.recognizer.dimensions if self.network is None else DIMENSIONS

    def anonymized(self, images: Images) -> Floats:
        """Embeddings of released images."""
        if self.network is None:
            return self.recognizer.embed(images)
        found = np.empty((len(images), DIMENSIONS), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(images), APPLIED):
                part = _tensor(resized(images[start : start + APPLIED], SIDE)).to(self.device)
                found[start : start + APPLIED] = self.network(part).cpu().numpy()
        return unit(found)

    def clear(self, faces: ClearFaces) -> Floats:
        """Embeddings of clear faces."""
        return faces.vectors if self.network is None else self.anonymized(faces.images())


def trained_network(
    people: People,
    backend: Anonymizer,  # noqa: ARG001 - it is learnt from its pictures alone
    recognizer: Recognizer,
    *,
    seed: int,
    steps: int = STEPS,
) -> TrainedNetwork:
    """Train the network on the attacker's own people; see `View`.

    Args:
        people: The attacker's own people. A face of whom nobody knows the name is a person by itself.
        backend: The anonymizer, which is not asked.
        recognizer: The recognizer of the attack, for want of people.
        seed: Seed of the initial weights and of the batches.
        steps: Number of steps.
    """
    device = torch_device()
    persons = _persons(people)
    count = len(set(persons.tolist()))
    if len(people) < FEWEST or count < FEWEST_PEOPLE:
        return TrainedNetwork(recognizer, None, device, "too few people to learn from")
    pictures = [
        _padded(np.concatenate([resized(read(rows), SIDE) for rows in people.batches()]))
        for read in (people.original, people.released)
    ]
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        network = SmallResNet().to(device)
        losses = _train(network, pictures, persons, device, seed=seed, steps=steps)
    found = f"loss {np.mean(losses[-max(1, steps // 10) :]):.2f}" if losses else "untrained"
    told = f"ResNet, {steps} steps on {len(people)} faces of {count} own people, {found}"
    return TrainedNetwork(recognizer, network.eval(), device, told)


def _persons(people: People) -> NDArray[np.intp]:
    """Number of each face's person, from 0."""
    numbers: dict[str | tuple[str], int] = {}
    of = zip(people.subjects, people.face_ids, strict=True)
    found = [numbers.setdefault((face,) if name is None else name, len(numbers)) for name, face in of]
    return np.array(found, dtype=np.intp)


def _train(
    network: SmallResNet,
    pictures: list[Images],
    persons: NDArray[np.intp],
    device: torch.device,
    *,
    seed: int,
    steps: int,
) -> list[float]:
    """Train to tell the people apart by CosFace, and return the losses.

    Everybody is drawn equally often, and each drawn face is seen both clear and anonymized.
    """
    numbers = np.random.default_rng([seed, 7])
    of_person = np.argsort(persons, kind="stable")
    counts = np.bincount(persons)
    starts = np.cumsum(counts) - counts
    centres = nn.Parameter(torch.randn(len(counts), DIMENSIONS).to(device))
    optimizer = torch.optim.AdamW([*network.parameters(), centres], lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=max(steps, 1))
    losses = []
    for _ in range(steps):
        drawn = numbers.integers(0, len(counts), BATCH)
        rows = of_person[starts[drawn] + numbers.integers(0, counts[drawn])]
        seen = _changed(np.concatenate([images[rows] for images in pictures]), numbers)
        wanted = torch.from_numpy(np.tile(drawn, len(pictures))).to(device)
        cosines = network(seen.to(device)) @ functional.normalize(centres).T
        right = functional.one_hot(wanted, len(counts))
        loss = functional.cross_entropy(SCALE * (cosines - MARGIN * right), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def _padded(images: Images) -> Images:
    """Images with their edges repeated, so that they can be shifted."""
    return np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")


def _changed(padded: Images, numbers: np.random.Generator) -> torch.Tensor:
    """Padded images as input of the network: shifted, half of them mirrored, brighter or darker."""
    views = np.empty((len(padded), SIDE, SIDE, 3), dtype=np.uint8)
    shifts = numbers.integers(0, 2 * SHIFT + 1, (len(padded), 2))
    for row, (line, column) in enumerate(shifts):
        view = padded[row, line : line + SIDE, column : column + SIDE]
        views[row] = view[:, ::-1] if numbers.random() < 0.5 else view
    gains = 1 + BRIGHTNESS * numbers.uniform(-1, 1, (len(padded), 1, 1, 1)).astype(np.float32)
    return (_tensor(views) + 1) * torch.from_numpy(gains) - 1


def _tensor(images: Images) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
