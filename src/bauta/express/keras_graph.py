"""Networks in Keras 2 files, rebuilt in PyTorch from the structure and the weights in the file.

Only the layers of mini- and big-Xception are supported; anything else is rejected, never guessed. The file is
read as data; no code in it is run.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bauta.errors import ModelError
from bauta.models.hdf5_container import BROKEN, CONFIG, check_hdf5
from bauta.models.reason import first_line

OUTPUT = "predictions"
"""The layer of the class probabilities; the rebuilt network ends before it, with the logits."""


class SamePadded(nn.Module):
    """A layer preceded by TensorFlow's `same` padding, which adds the odd row and column at the end.

    Args:
        layer: Convolution or pooling without padding of its own.
        kernel: Side of its kernel.
        stride: Its stride.
        value: Value of the padding.
    """

    def __init__(self, layer: nn.Module, kernel: int, stride: int, value: float) -> None:
        super().__init__()
        self.layer, self.kernel, self.stride, self.value = layer, kernel, stride, value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The layer's output, of side ceil(side / stride)."""
        padding: list[int] = []
        for side in (x.shape[-1], x.shape[-2]):
            total = max((-(-side // self.stride) - 1) * self.stride + self.kernel - side, 0)
            padding += [total // 2, total - total // 2]
        return self.layer(functional.pad(x, padding, value=self.value))


class Sum(nn.Module):
    """Adds its inputs."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Sum of tensors of equal shape."""
        return torch.stack(inputs).sum(dim=0)


class KerasGraph(nn.Module):
    """Named layers, each fed by the outputs of others.

    Args:
        layers: The layers in topological order.
        sources: Names of the layers that feed each layer; none for the input.
    """

    def __init__(self, layers: Mapping[str, nn.Module], sources: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.sources = dict(sources)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Output of the last layer."""
        outputs: dict[str, torch.Tensor] = {}
        for name, layer in self.layers.items():
            feeds = [outputs[source] for source in self.sources[name]] or [x]
            x = outputs[name] = layer(*feeds)
        return x


def _global_average() -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


_WITHOUT_WEIGHTS: Mapping[str, Callable[[], nn.Module]] = {
    "InputLayer": nn.Identity,
    "Add": Sum,
    "GlobalAveragePooling2D": _global_average,
    "relu": nn.ReLU,
}


def read_keras_graph(path: Path | str) -> KerasGraph:
    """Rebuild the network of a Keras 2 file up to its logits.

    Args:
        path: An HDF5 file that Keras's `model.save` wrote.

    Returns:
        The network, with channels first, as in PyTorch.

    Raises:
        ModelError: the file is not a Keras file, refers to other files, or has an unsupported layer.
    """
    check_hdf5(path)
    try:
        with h5py.File(path) as file:
            layers = json.loads(file.attrs[CONFIG])["config"]["layers"]
            return _build(layers, file["model_weights"])
    except (*BROKEN, IndexError, AttributeError, AssertionError, ArithmeticError) as error:
        raise ModelError(
            f"{path} is not a Keras file of an Xception network ({first_line(error)}); download it again"
        ) from None


def _build(entries: list[dict[str, Any]], weights: h5py.Group) -> KerasGraph:
    layers: dict[str, nn.Module] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        name = entry["name"]
        if name == OUTPUT:
            break
        group = weights[name]
        arrays = [np.asarray(group[key]) for key in group.attrs["weight_names"]]
        layers[name] = _layer(entry["class_name"], entry["config"], arrays)
        nodes = entry["inbound_nodes"]
        sources[name] = tuple(node[0] for node in nodes[0]) if nodes else ()
    return KerasGraph(layers, sources)


def _layer(kind: str, config: dict[str, Any], arrays: list[np.ndarray]) -> nn.Module:
    if config.get("data_format", "channels_last") != "channels_last":
        raise ValueError(f"layer {config['name']} is not channels_last")
    if kind == "BatchNormalization":
        return _batch_norm(config, arrays)
    if kind == "MaxPooling2D":
        (kernel, _), (stride, _) = config["pool_size"], config["strides"]
        return _padded(nn.MaxPool2d(kernel, stride), config, kernel, stride, -torch.inf)
    if kind in ("Conv2D", "SeparableConv2D") and _is_plain(config):
        (kernel, _), (stride, _) = config["kernel_size"], config["strides"]
        convolve = _convolution if kind == "Conv2D" else _separable
        return _padded(convolve(arrays, stride), config, kernel, stride, 0.0)
    if kind == "Activation":
        kind = config["activation"]
    if kind not in _WITHOUT_WEIGHTS:
        raise ValueError(f"layer {config['name']} of kind {kind} is not supported")
    return _WITHOUT_WEIGHTS[kind]()


def _is_plain(config: dict[str, Any]) -> bool:
    """Whether a convolution has square kernels, no dilation and no activation of its own."""
    square = all(len(set(config[key])) == 1 for key in ("kernel_size", "strides"))
    return square and config["activation"] == "linear" and tuple(config["dilation_rate"]) == (1, 1)


def _padded(layer: nn.Module, config: dict[str, Any], kernel: int, stride: int, value: float) -> nn.Module:
    if config["padding"] == "valid":
        return layer
    if config["padding"] != "same":
        raise ValueError(f"padding {config['padding']} of layer {config['name']} is not supported")
    return SamePadded(layer, kernel, stride, value)


def _convolution(arrays: list[np.ndarray], stride: int) -> nn.Conv2d:
    """Keras stores kernels as (height, width, in, out)."""
    kernel = torch.from_numpy(arrays[0]).permute(3, 2, 0, 1)
    layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], kernel.shape[2], stride, bias=len(arrays) > 1)
    state = {"weight": kernel} | ({"bias": torch.from_numpy(arrays[1])} if len(arrays) > 1 else {})
    layer.load_state_dict(state)
    return layer


def _separable(arrays: list[np.ndarray], stride: int) -> nn.Sequential:
    """Depthwise (height, width, in, 1), then pointwise (1, 1, in, out)."""
    kernel = torch.from_numpy(arrays[0]).permute(2, 3, 0, 1)
    depthwise = nn.Conv2d(
        kernel.shape[0], kernel.shape[0], kernel.shape[2], stride, groups=kernel.shape[0], bias=False
    )
    depthwise.load_state_dict({"weight": kernel})
    return nn.Sequential(depthwise, _convolution(arrays[1:], 1))


def _batch_norm(config: dict[str, Any], arrays: list[np.ndarray]) -> nn.BatchNorm2d:
    """Keras stores gamma, beta, mean and variance in this order."""
    layer = nn.BatchNorm2d(len(arrays[0]), eps=config["epsilon"])
    names = ("weight", "bias", "running_mean", "running_var")
    state = {name: torch.from_numpy(array) for name, array in zip(names, arrays, strict=True)}
    layer.load_state_dict({**state, "num_batches_tracked": torch.tensor(0)})
    return layer
