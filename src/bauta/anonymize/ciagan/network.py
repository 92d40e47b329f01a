"""CIAGAN's generator (Maximov, Elezi, Leal-Taixé, CVPR 2020, section 3)."""

import torch
from torch import nn
from torch.nn import functional

IDENTITIES = 1200
SIZE = 128
SLOPE = 0.2
ENCODER = (32, 64, 128, 256, 256)
DECODER = (256, 128, 64, 32, 16)


class SpectralConv(nn.Module):
    """Convolution whose weight is divided by its largest singular value (Miyato et al., ICLR 2018).

    It is for inference only: the singular vectors come from the file and are not refined, so the output for a
    sample depends on nothing but the sample. (The official test program leaves the network in training mode,
    in which every forward pass changes them slightly.)
    """

    weight_u: torch.Tensor
    weight_v: torch.Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.register_buffer("weight_u", torch.empty(outputs))
        self.register_buffer("weight_v", torch.empty(inputs * kernel * kernel))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H - kernel + 1, W - kernel + 1)."""
        sigma = torch.dot(self.weight_u, torch.mv(self.weight_orig.flatten(1), self.weight_v))
        return functional.conv2d(x, self.weight_orig / sigma, self.bias)


class ConvLayer(nn.Module):
    """A spectral convolution with reflection padding that preserves the size."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.padding = [kernel // 2] * 4
        self.conv2d = SpectralConv(inputs, outputs, kernel)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        return self.conv2d(functional.pad(x, self.padding, mode="reflect"))


class DownBlock(nn.Module):
    """Residual block that halves the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_l = ConvLayer(inputs, outputs, 1)
        self.conv_r1 = ConvLayer(inputs, outputs)
        self.conv_r2 = ConvLayer(outputs, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H/2, W/2)."""
        right = self.conv_r2(functional.relu(self.conv_r1(functional.relu(x))))
        return functional.avg_pool2d(right, 2) + functional.avg_pool2d(self.conv_l(x), 2)


class UpBlock(nn.Module):
    """Residual block that doubles the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm_r1 = nn.InstanceNorm2d(inputs, affine=True)
        self.conv_r1 = ConvLayer(inputs, outputs)
        self.norm_r2 = nn.InstanceNorm2d(outputs, affine=True)
        self.conv_r2 = ConvLayer(outputs, outputs)
        self.conv_l = ConvLayer(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, 2H, 2W)."""
        right = self.conv_r1(functional.interpolate(functional.relu(self.norm_r1(x)), scale_factor=2))
        right = self.conv_r2(functional.relu(self.norm_r2(right)))
        return right + self.conv_l(functional.interpolate(x, scale_factor=2))


class ResidualBlock(nn.Module):
    """Two normalised convolutions added to the input, without a final activation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvLayer(channels, channels)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = ConvLayer(channels, channels)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, H, W) to the same shape."""
        return x + self.in2(self.conv2(functional.relu(self.in1(self.conv1(x)))))


def _identity_layers() -> nn.Sequential:
    """One-hot vectors (N, 1200) to (N, 512)."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((IDENTITIES, 256), *[(256, 256)] * 3, (256, 512), *[(512, 512)] * 2):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers)


def _identity_features() -> nn.Sequential:
    """(N, 32, 4, 4) to (N, 256, 4, 4)."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((32, 64), (64, 128), (128, 256)):
        norm = nn.InstanceNorm2d(outputs, affine=True)
        layers += [ConvLayer(inputs, outputs), nn.LeakyReLU(SLOPE), norm]
    return nn.Sequential(*layers)


class IdentityGenerator(nn.Module):
    """The published network for 1200 identities at 128 pixels: 248 tensors, 11,801,123 parameters."""

    def __init__(self) -> None:
        super().__init__()
        for number, (inputs, outputs) in enumerate(zip((6, *ENCODER), ENCODER, strict=False)):
            setattr(self, f"conv{number}", DownBlock(inputs, outputs))
            setattr(self, f"in{number}_e", nn.InstanceNorm2d(outputs, affine=True))
        self.encode_one_hot = _identity_layers()
        self.encode_noise = _identity_features()
        self.embed = nn.Sequential(ConvLayer(512, 256), nn.InstanceNorm2d(256, affine=True))
        for number in range(1, 5):
            setattr(self, f"res{number}", ResidualBlock(256))
        steps = zip((ENCODER[-1], *DECODER), DECODER, reversed(range(5)), strict=False)
        for inputs, outputs, number in steps:
            setattr(self, f"deconv{number}", UpBlock(inputs, outputs))
            setattr(self, f"in{number}_d", nn.InstanceNorm2d(outputs, affine=True))
        self.conv_end = nn.Sequential(nn.Conv2d(DECODER[-1], 3, 3, padding=1))

    def forward(self, x: torch.Tensor, identity: torch.Tensor) -> torch.Tensor:
        """Generate faces from a landmark drawing and the context of the face.

        Args:
            x: (N, 6, 128, 128) in [0, 1]: landmark drawing, then the face with a black hole.
            identity: One-hot (N, 1200).

        Returns:
            (N, 3, 128, 128), RGB, nominally in [0, 1] but not clipped.
        """
        for number in range(5):
            x = getattr(self, f"in{number}_e")(getattr(self, f"conv{number}")(x))
        wanted = self.encode_noise(self.encode_one_hot(identity).view(-1, 32, 4, 4))
        x = self.embed(torch.cat([x, wanted], dim=1))
        for number in range(1, 5):
            x = getattr(self, f"res{number}")(x)
        for number in reversed(range(5)):
            x = getattr(self, f"in{number}_d")(getattr(self, f"deconv{number}")(x))
        return self.conv_end(x)
