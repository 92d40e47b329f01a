"""Layers written down as formulas over the tensors of a file, for a second formulation of a network."""

import torch
from torch.nn import functional as F


class Tensors:
    """The tensors of a state dict as layers by name."""

    def __init__(self, state):
        self.state = state

    def __getitem__(self, name):
        return self.state[name]

    def bn(self, name, x):
        own = [self.state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        mean, var, weight, bias = (t.reshape(1, -1, *[1] * (x.ndim - 2)) for t in own)
        return (x - mean) / torch.sqrt(var + 1e-5) * weight + bias

    def conv(self, name, x, stride=1, padding=0, groups=1):
        weight, bias = self.state[f"{name}.weight"], self.state.get(f"{name}.bias")
        return F.conv2d(x, weight, bias, stride=stride, padding=padding, groups=groups)

    def linear(self, name, x):
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def ln(self, name, x, eps):
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + eps)
        return scaled * self.state[f"{name}.weight"] + self.state[f"{name}.bias"]

    def prelu(self, name, x):
        slope = self.state[f"{name}.weight"].reshape(1, -1, 1, 1)
        return x.clamp(min=0) + slope * x.clamp(max=0)
