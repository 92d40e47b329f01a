"""EmoNet's network (Toisoul et al., Nature Machine Intelligence 3, 2021), with the keys of its files.

The normalisations are batch normalisations. The official code obtains them by replacing
`torch.nn.InstanceNorm2d` with `torch.nn.BatchNorm2d` for the whole process; here they are used directly.
"""

import torch
from torch import nn
from torch.nn import functional

WIDTH = 256
DEPTH = 4
LANDMARKS = 68


class ConvBlock(nn.Module):
    """Three concatenated 3×3 convolutions with a shortcut (Bulat and Tzimiropoulos, ICCV 2017)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, half, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, quarter, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(quarter)
        self.conv3 = nn.Conv2d(quarter, quarter, 3, padding=1, bias=False)
        self.downsample = (
            nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False))
            if inputs != outputs
            else nn.Identity()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        first = self.conv1(functional.relu(self.bn1(x)))
        second = self.conv2(functional.relu(self.bn2(first)))
        third = self.conv3(functional.relu(self.bn3(second)))
        return torch.cat([first, second, third], dim=1) + self.downsample(x)


class Hourglass(nn.Module):
    """Blocks on successively coarser grids and back (Newell et al., ECCV 2016)."""

    def __init__(self) -> None:
        super().__init__()
        for level in range(DEPTH, 0, -1):
            for part in ("b1", "b2", "b3"):
                self.add_module(f"{part}_{level}", ConvBlock(WIDTH, WIDTH))
        self.b2_plus_1 = ConvBlock(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 256, H, W) to the same shape; H and W are multiples of 16."""
        return self._at(DEPTH, x)

    def _at(self, level: int, x: torch.Tensor) -> torch.Tensor:
        low = self.get_submodule(f"b2_{level}")(functional.max_pool2d(x, 2))
        low = self._at(level - 1, low) if level > 1 else self.b2_plus_1(low)
        low = self.get_submodule(f"b3_{level}")(low)
        return self.get_submodule(f"b1_{level}")(x) + functional.interpolate(low, scale_factor=2.0)


class EmoNetwork(nn.Module):
    """A face alignment network whose heat maps guide the layers that predict the expression.

    Args:
        classes: Number of expressions; valence and arousal follow them in the output.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = ConvBlock(64, 128)
        self.conv3 = ConvBlock(128, 128)
        self.conv4 = ConvBlock(128, WIDTH)
        for stack in ("0", "1"):
            self.add_module("m" + stack, Hourglass())
            self.add_module("top_m_" + stack, ConvBlock(WIDTH, WIDTH))
            self.add_module("conv_last" + stack, nn.Conv2d(WIDTH, WIDTH, 1))
            self.add_module("bn_end" + stack, nn.BatchNorm2d(WIDTH))
            self.add_module("l" + stack, nn.Conv2d(WIDTH, LANDMARKS, 1))
        self.bl0 = nn.Conv2d(WIDTH, WIDTH, 1)
        self.al0 = nn.Conv2d(LANDMARKS, WIDTH, 1)
        self.conv1x1_input_emo_2 = nn.Conv2d(3 * WIDTH, WIDTH, 1)
        blocks: list[nn.Module] = []
        for _ in range(4):
            blocks += [ConvBlock(WIDTH, WIDTH), nn.MaxPool2d(2)]
        self.emo_net_2 = nn.Sequential(*blocks)
        self.emo_fc_2 = nn.Sequential(
            nn.Linear(WIDTH, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, classes + 2)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes), valence and arousal (N, 2), concatenated, of images (N, 3, 256, 256)."""
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.conv4(self.conv3(functional.max_pool2d(self.conv2(x), 2)))
        features0, heat_maps = self._stack("0", x)
        fed_back = self.bl0(features0)
        features1, heat_maps = self._stack("1", x + fed_back + self.al0(heat_maps))
        attention = heat_maps.sum(dim=1, keepdim=True)
        seen = torch.cat([x, fed_back * attention, features1 * attention], dim=1)
        pooled = functional.avg_pool2d(self.emo_net_2(self.conv1x1_input_emo_2(seen)), 4)
        return self.emo_fc_2(pooled.flatten(1))

    def _stack(self, stack: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (N, 256, H, W) and heat maps (N, 68, H, W) of one hourglass."""
        features = self.get_submodule("top_m_" + stack)(self.get_submodule("m" + stack)(x))
        features = self.get_submodule("bn_end" + stack)(self.get_submodule("conv_last" + stack)(features))
        features = functional.relu(features)
        return features, self.get_submodule("l" + stack)(features)
