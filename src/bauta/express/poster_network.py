"""The network of POSTER++ (Mao et al., POSTER++, Pattern Recognition 157, 2025), with the keys of its files.

Three scales of features of the image attend to those of the landmarks; two transformer blocks join them.
"""

import torch
from torch import nn
from torch.nn import functional

from bauta.express.poster_backbones import IR50, MobileFaceNet

SIDES = (28, 14, 7)
"""Sides of the three scales; a window is as large as its scale, so there is one."""

CHANNELS = (64, 128, 256)
HEADS = (2, 4, 8)
WIDTH = 768
TOKENS = 3 * 7 * 7
"""Each scale ends at 7×7 tokens."""


class WindowNorm(nn.Module):
    """The normalisation of the image's features, channels last."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, C, S, S) to features (N, S, S, C)."""
        return self.norm(x.permute(0, 2, 3, 1))


class CrossAttention(nn.Module):
    """Attention of the landmarks' features, the queries, to the image's, with a bias by relative place."""

    def __init__(self, channels: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        self.relative_position_index: torch.Tensor
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, heads))
        self.register_buffer("relative_position_index", _relative_places(side), persistent=False)
        self.qkv = nn.Linear(channels, 2 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x: torch.Tensor, queries: torch.Tensor) -> torch.Tensor:
        """Features of the image and of the landmarks (N, S, S, C) to features (N, S, S, C)."""
        batch, height, width, channels = x.shape
        shape = (batch, height * width, self.heads, channels // self.heads)
        keys, values = (
            part.reshape(shape).transpose(1, 2) for part in self.qkv(x.flatten(1, 2)).chunk(2, dim=-1)
        )
        scaled = queries.reshape(shape).transpose(1, 2) * (channels // self.heads) ** -0.5
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)
        attended = (scaled @ keys.transpose(-2, -1) + bias).softmax(dim=-1) @ values
        return self.proj(attended.transpose(1, 2).reshape(x.shape))


def _relative_places(side: int) -> torch.Tensor:
    """The row of the bias table for each pair of positions, int64 (side², side²)."""
    places = torch.arange(side)
    steps = places[:, None] - places[None, :] + side - 1
    rows, columns = steps[:, None, :, None], steps[None, :, None, :]
    return (rows * (2 * side - 1) + columns).reshape(side * side, side * side)


class Mlp(nn.Module):
    """Two linear layers with a GELU in between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (…, width) to features (…, width)."""
        return self.fc2(functional.gelu(self.fc1(x)))


class FeedForward(nn.Module):
    """The residual steps after the attention, each scaled by channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma1 = nn.Parameter(torch.ones(channels))
        self.gamma2 = nn.Parameter(torch.ones(channels))
        self.mlp = Mlp(channels)
        self.norm = nn.LayerNorm(channels)

    def forward(self, attended: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """What the attention gave and what it was given (N, S, S, C) to features (N, C, S, S)."""
        x = before + self.gamma1 * attended
        x = x + self.gamma2 * self.mlp(self.norm(x))
        return x.permute(0, 3, 1, 2)


class SelfAttention(nn.Module):
    """Attention among all tokens, with eight heads."""

    heads = 8

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tokens (N, T, 768) to tokens (N, T, 768)."""
        batch, tokens, width = x.shape
        shape = (batch, tokens, 3, self.heads, width // self.heads)
        queries, keys, values = self.qkv(x).reshape(shape).permute(2, 0, 3, 1, 4)
        weights = (queries @ keys.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(dim=-1)
        return self.proj((weights @ values).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    """A block of a vision transformer (Dosovitskiy et al., ICLR 2021)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attn = SelfAttention()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = Mlp(WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tokens (N, T, 768) to tokens (N, T, 768)."""
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Excitation(nn.Module):
    """Weights each feature by a gate that depends on all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(WIDTH, WIDTH)
        self.linear2 = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 768) to features (N, 768)."""
        return x * torch.sigmoid(self.linear2(functional.relu(self.linear1(x))))


class Head(nn.Module):
    """A linear layer under the key `linear`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 768) to logits (N, classes)."""
        return self.linear(x)


class VisionTransformer(nn.Module):
    """Two blocks over the tokens of all scales and one for the class."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, TOKENS + 1, WIDTH))
        self.blocks = nn.Sequential(Block(), Block())
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        self.se_block = Excitation()
        self.head = Head(classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tokens (N, 147, 768) to logits (N, classes)."""
        x = torch.cat((self.cls_token.expand(len(x), -1, -1), x), dim=1) + self.pos_embed
        return self.head(self.se_block(self.norm(self.blocks(x))[:, 0]))


class Projection(nn.Module):
    """A 1×1 convolution under the key `proj`."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(inputs, WIDTH, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, 768, H, W)."""
        return self.proj(x)


def _halving(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, 2, 1)


class PosterNetwork(nn.Module):
    """POSTER++ for 224×224 images, of which its backbones see every second pixel.

    Args:
        classes: Number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.face_landback = MobileFaceNet()
        self.ir_back = IR50()
        self.last_face_conv = nn.Conv2d(512, 256, 3, padding=1)
        self.conv1, self.conv2, self.conv3 = (_halving(width, width) for width in CHANNELS)
        self.window1, self.window2, self.window3 = (WindowNorm(width) for width in CHANNELS)
        self.attn1, self.attn2, self.attn3 = (
            CrossAttention(*sizes) for sizes in zip(CHANNELS, HEADS, SIDES, strict=True)
        )
        self.ffn1, self.ffn2, self.ffn3 = (FeedForward(width) for width in CHANNELS)
        self.embed_q = nn.Sequential(_halving(64, WIDTH), _halving(WIDTH, WIDTH))
        self.embed_k = nn.Sequential(_halving(128, WIDTH))
        self.embed_v = Projection(256)
        self.VIT = VisionTransformer(classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) of images (N, 3, 224, 224)."""
        small = functional.interpolate(x, size=112)
        large, middle, last = self.face_landback(small)
        landmarks = (large, middle, self.last_face_conv(last))
        halves = zip((self.conv1, self.conv2, self.conv3), self.ir_back(small), strict=True)
        images = [half(features) for half, features in halves]
        scales = (
            (self.window1, self.attn1, self.ffn1, self.embed_q),
            (self.window2, self.attn2, self.ffn2, self.embed_k),
            (self.window3, self.attn3, self.ffn3, self.embed_v),
        )
        tokens = []
        for image, landmark, (norm, attend, step, embed) in zip(images, landmarks, scales, strict=True):
            before = norm(image)
            after = step(attend(before, landmark.permute(0, 2, 3, 1)), before)
            tokens.append(embed(after).flatten(2).transpose(1, 2))
        return self.VIT(torch.cat(tokens, dim=1))
