"""Generator and discriminator of the conditional GAN (pix2pix: Isola et al., CVPR 2017, section 3.2)."""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from bauta.anonymize.avatar.composite import BACKGROUND
from bauta.labels import EXPRESSIONS
from bauta.train.cgan.appearance import LIMIT, Appearance
from bauta.train.cgan.conditions import Conditions
from bauta.train.cgan.recipe import GanRecipe

STAGES = (1, 2, 4, 6, 8)
"""Channels of the generator's stages, in multiples of the width; each stage halves the side."""

STYLE = 128
SLOPE = 0.2

SOFT = 0.1
"""Difference from the background, of 2 from black to white, from which a pixel of a drawing may change."""


class Generator(nn.Module):
    """A U-Net that transforms the mean face, warped to the landmarks, into the generated face.

    It works at half of the image's side, and its output is enlarged smoothly: at full resolution, texture
    that no part of the loss constrains grows into a grid.

    The vector of the conditions also scales and shifts the features of every decoder stage, because a few
    numbers that describe the whole face are slow to learn from maps.

    Args:
        recipe: Conditions, width and size.
    """

    def __init__(self, recipe: GanRecipe) -> None:
        super().__init__()
        self.conditions = Conditions(recipe.conditions, recipe.size // 2)
        self.appearance = Appearance(recipe.size, warped="landmarks" in self.conditions.inputs)
        channels = [recipe.width * stage for stage in STAGES]
        self.entry = _Block(self.conditions.channels + 3, channels[0])
        self.down = nn.ModuleList(_Block(above, below, stride=2) for above, below in pairwise(channels))
        self.middle = nn.ModuleList(_Block(channels[-1], channels[-1]) for _ in range(2))
        self.up = nn.ModuleList(
            _Block(above + below, above) for above, below in reversed(list(pairwise(channels)))
        )
        self.exit = nn.Conv2d(channels[0], 3 if recipe.tinted else 1, 3, 1, 1)
        # The first output is the mean face, so that training starts with a face.
        for parameter in self.exit.parameters():
            nn.init.zeros_(parameter)
        self.style: Style | None = None
        if self.conditions.length:
            self.style = Style(self.conditions.length)
            steered = [channels[-1], channels[-1], *reversed(channels[:-1])]
            self.steer = nn.ModuleList(nn.Linear(self.style.length, 2 * count) for count in steered)

    def forward(self, given: Mapping[str, torch.Tensor], *, enlarged: int = 1) -> torch.Tensor:
        """Images float32 (N, 3, S, S) in [-1, 1].

        Args:
            given: See `Conditions.maps`; a drawing has the side S.
            enlarged: S in multiples of the size, as in `GanRecipe`.
        """
        maps = self.conditions.maps(given)
        return self.paint(maps, self.base(given), given, enlarged=enlarged)

    def base(self, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """What the network changes, (N, 3, S, S): a drawing if it is given one, or the mean face."""
        if "drawing" in self.conditions.inputs:
            drawn = given["drawing"].permute(0, 3, 1, 2).float() / 127.5 - 1.0
            return drawn.clamp(-LIMIT, LIMIT)
        with torch.no_grad():
            return self.appearance(given.get("landmarks"), given[self.conditions.inputs[0]].shape[0])

    def paint(
        self,
        maps: torch.Tensor,
        base: torch.Tensor,
        given: Mapping[str, torch.Tensor],
        *,
        enlarged: int = 1,
    ) -> torch.Tensor:
        """The images (N, 3, S, S) for maps and for what the network changes, which were computed before."""
        finer = 2 * enlarged
        style = self.style(self.conditions.vector(given)) if self.style is not None else None
        features = self.entry(torch.cat([maps, functional.avg_pool2d(base, finer)], 1))
        skipped = [features]
        for block in self.down:
            features = block(features)
            skipped.append(features)
        skipped.pop()
        for number, block in enumerate(self.middle):
            features = features + self._steered(block(features), style, number)
        for number, block in enumerate(self.up):
            features = functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = block(torch.cat([features, skipped.pop()], 1))
            features = self._steered(features, style, len(self.middle) + number)
        change = self.exit(features).float()
        change = functional.interpolate(
            change, scale_factor=float(finer), mode="bilinear", align_corners=False
        )
        if "drawing" in self.conditions.inputs:
            change = change * _head(base)
        return torch.tanh(0.5 * (torch.log1p(base) - torch.log1p(-base)) + change)

    def _steered(self, features: torch.Tensor, style: torch.Tensor | None, number: int) -> torch.Tensor:
        if style is None:
            return features
        scale, shift = self.steer[number](style)[:, :, None, None].chunk(2, 1)
        return features * (1.0 + scale) + shift


class Style(nn.Module):
    """Style vector computed from the conditions' vector, including predicted logits of the teacher.

    Args:
        conditions: Length of the conditions' vector.
    """

    def __init__(self, conditions: int) -> None:
        super().__init__()
        self.length = STYLE + len(EXPRESSIONS)
        self.body = nn.Sequential(
            nn.Linear(conditions, 2 * STYLE), nn.ReLU(), nn.Linear(2 * STYLE, STYLE), nn.ReLU()
        )
        self.guess = nn.Linear(STYLE, len(EXPRESSIONS))

    def logits(self, vectors: torch.Tensor) -> torch.Tensor:
        """Predicted logits (N, 7) of the teacher."""
        return self.guess(self.body(vectors))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Style vectors (N, length)."""
        features = self.body(vectors)
        return torch.cat([features, self.guess(features).softmax(1)], 1)


class Discriminator(nn.Module):
    """Scores small and large patches of an image given its conditions, after PatchGAN.

    Spectral normalization stabilises it (Miyato et al., ICLR 2018).

    Args:
        maps: Number of the conditions' maps.
        width: Channels of its first stage.
    """

    def __init__(self, maps: int, width: int) -> None:
        super().__init__()
        self.entry = _normalised(3, width)
        self.patches = nn.ModuleList(
            [_normalised(width + maps, 2 * width), _normalised(2 * width, 4 * width)]
        )
        self.patch = spectral_norm(nn.Conv2d(4 * width, 1, 3, 1, 1))
        self.whole = nn.ModuleList([_normalised(4 * width, 4 * width), _normalised(4 * width, 4 * width)])
        self.score = spectral_norm(nn.Conv2d(4 * width, 1, 1))

    def forward(self, images: torch.Tensor, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of small patches (N, 1, S/8, S/8) and large patches (N, 1, S/32, S/32), high for real ones.

        Args:
            images: (N, 3, S, S).
            maps: (N, C, S/2, S/2).
        """
        features = torch.cat([_bent(self.entry(images)), maps], 1)
        for layer in self.patches:
            features = _bent(layer(features))
        patches = self.patch(features)
        for layer in self.whole:
            features = _bent(layer(features))
        return patches.float(), self.score(features).float()


def _head(drawing: torch.Tensor) -> torch.Tensor:
    """Where a drawing (N, 3, S, S) is not its plain background, (N, 1, S, S): 0 to 1, soft at the edge."""
    plain = drawing.new_tensor(BACKGROUND).view(1, 3, 1, 1) / 127.5 - 1.0
    return ((drawing - plain).abs().amax(1, keepdim=True) / SOFT).clamp(max=1.0)


def _normalised(channels: int, out: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(channels, out, 4, 2, 1))


def _bent(features: torch.Tensor) -> torch.Tensor:
    return functional.leaky_relu(features, SLOPE)


class _Block(nn.Module):
    """Convolution, batch norm and leaky ReLU."""

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 4 if stride == 2 else 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return _bent(self.norm(self.conv(features)))
