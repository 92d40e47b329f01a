"""Exporting a trained generator to an ONNX file that maps its conditions to pixels."""

import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from bauta.train.cgan.conditions import NUMBERS
from bauta.train.cgan.networks import Generator
from bauta.train.export import OPSET, halved


class _Pixels(nn.Module):
    """The generator with positional inputs and uint8 pixels, channels last."""

    def __init__(self, generator: Generator, enlarged: int) -> None:
        super().__init__()
        self.generator = generator
        self.enlarged = enlarged

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        named = dict(zip(self.generator.conditions.inputs, given, strict=True))
        images = self.generator(named, enlarged=self.enlarged)
        return ((images + 1.0) * 127.5).round().clamp(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)


def export_generator(generator: Generator, out: Path, *, enlarged: int = 1) -> None:
    """Write an ONNX file with the generator's inputs by name and the output `images` uint8 (N, S, S, 3).

    Kernels are stored as float16, which halves the file, and cast back when it is opened.

    Args:
        generator: The generator, in evaluation mode, on the CPU.
        out: The file to write.
        enlarged: As in `GanRecipe`.
    """
    size = generator.conditions.size
    examples = {
        "landmarks": torch.zeros(1, 68, 2),
        "drawing": torch.zeros(1, enlarged * 2 * size, enlarged * 2 * size, 3, dtype=torch.uint8),
        "parsing": torch.zeros(1, size, size, dtype=torch.uint8),
        **{name: torch.zeros(1, count) for name, count in NUMBERS.items()},
    }
    names = list(generator.conditions.inputs)
    with warnings.catch_warnings():
        # The newer exporter needs a further package, onnxscript, and has no advantage here.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            _Pixels(generator, enlarged).eval(),
            tuple(examples[name] for name in names),
            out,
            dynamo=False,
            opset_version=OPSET,
            input_names=names,
            output_names=["images"],
            dynamic_axes={name: {0: "faces"} for name in (*names, "images")},
        )
    onnx.save(halved(onnx.load(out)), out)
