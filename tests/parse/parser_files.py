"""Model files for the parsers, of the real ones' structure but with weights from a seed."""

from pathlib import Path

import torch
from torch import Tensor, nn

from bauta.parse.bisenet import BiSeNetwork
from bauta.parse.classes import COUNTERPARTS
from bauta.parse.head_segmentation import HeadNetwork
from bauta.parse.light_unet import LightUNetwork


class Files:
    """Stands for a `ModelStore`: the file of a model is the one in a folder that has its name."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, name):
        return self.folder / name


def random_state(network, seed):
    """A state dict whose statistics are not 0 and 1; the outputs of a deep network are large."""
    generator = torch.Generator().manual_seed(seed)
    state = network.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("running_var") or (tensor.ndim == 1 and name.endswith("weight")):
            state[name] = 1.0 + 0.2 * noise.abs()
        elif tensor.ndim == 1:
            state[name] = 0.1 * noise
        else:
            state[name] = noise * (2.0 / tensor[0].numel()) ** 0.5
    return state


class Thresholds(nn.Module):
    """TorchScript like facer's: scores that are largest for the class given by the red value."""

    def __init__(self, classes: int):
        super().__init__()
        self.register_buffer("levels", (torch.arange(classes) / (classes - 1.0)).reshape(1, -1, 1, 1))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        scores = 1.0 - (images[:, :1] - self.levels).abs()
        return scores, scores


def save_parser(folder, name):
    """Write the file of a parser's model into a folder."""
    path = Path(folder) / name
    if name.startswith("farl"):
        torch.jit.script(Thresholds(len(COUNTERPARTS[name]))).save(str(path))
    elif name == "head_segmentation":
        state = {f"neural_net.{key}": value for key, value in random_state(HeadNetwork(), 0).items()}
        torch.save(
            {"state_dict": {**state, "criterion.weight": torch.ones(2)}, "hyper_parameters": {"lr": 1e-3}},
            path,
        )
    else:
        network = BiSeNetwork() if name == "bisenet" else LightUNetwork()
        torch.save(random_state(network, 0), path)
