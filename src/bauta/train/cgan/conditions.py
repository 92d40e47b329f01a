"""The conditions of a generator, rendered by differentiable operations within its graph.

Landmarks become soft lines, one map for each part of the face. Of the jaw line, only the chin is drawn: the
jaw reveals more about identity than about expression.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import torch
from torch import nn

from bauta.labels import PARSING_CLASSES
from bauta.landmarks import ibug
from bauta.train.cgan.recipe import Conditioning, inputs_of

NUMBERS: Mapping[str, int] = {"blendshapes": 52, "flame": 56}
"""Inputs that are numbers without a place in the picture → how many.

They distinguish left and right, and nothing says which coefficient of FLAME's expression is the other's
mirror image, so faces with them are not mirrored.
"""

LINES: tuple[tuple[tuple[int, ...], ...], ...] = (
    (tuple(range(17, 22)), tuple(range(22, 27))),
    ((*range(36, 42), 36), (*range(42, 48), 42)),
    (tuple(range(27, 31)), tuple(range(31, 36))),
    ((*range(48, 60), 48),),
    ((*range(60, 68), 60),),
    ((ibug.CHIN,),),
)
"""Landmarks joined by lines, one map each: brows, eyes, nose, outer lips, inner lips, chin."""

POINTS_A_SEGMENT = 4
LINE_WIDTH = 1.0
"""Standard deviation of a line's profile, in pixels of the map."""

MIRRORED: tuple[int, ...] = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
"""The index of each landmark in the mirror image."""


def has_mirror_images(given: Iterable[str]) -> bool:
    """Whether faces with the named inputs can be mirrored."""
    return NUMBERS.keys().isdisjoint(given)


def dense_points(lines: tuple[tuple[int, ...], ...]) -> torch.Tensor:
    """Weights float32 (D, 68) of points along lines, as means of the two neighbouring landmarks."""
    rows = []
    for line in lines:
        for first, second in pairwise(line):
            for step in range(POINTS_A_SEGMENT):
                row = torch.zeros(68)
                row[first] += 1 - step / POINTS_A_SEGMENT
                row[second] += step / POINTS_A_SEGMENT
                rows.append(row)
        last = torch.zeros(68)
        last[line[-1]] = 1.0
        rows.append(last)
    return torch.stack(rows)


class Conditions(nn.Module):
    """Computes maps and a vector from a generator's inputs.

    Args:
        conditions: The generator's conditions.
        size: Side of the maps in pixels.

    Attributes:
        channels: Number of maps; two of them are the coordinates of their pixels, unless a drawing is given:
            it has the place of everything, and a network that knows rows draws bars across the picture.
        length: Length of the vector.
    """

    centres: torch.Tensor
    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, conditions: Conditioning, size: int) -> None:
        super().__init__()
        self.inputs = inputs_of(conditions)
        self.size = size
        self.register_buffer("centres", (2 * torch.arange(size) + 1.0) / size - 1.0, persistent=False)
        for number, lines in enumerate(LINES):
            self.register_buffer(f"line_{number}", dense_points(lines), persistent=False)
        self._located = "drawing" not in self.inputs
        self.channels = 2 if self._located else 0
        if "landmarks" in self.inputs:
            self.channels += len(LINES)
        if "parsing" in self.inputs:
            self.channels += len(PARSING_CLASSES)
        vectors = {"landmarks": 136, "measures": 136, "drawing": 136, "both": 136, **NUMBERS}
        self.length = vectors.get(conditions, 0)
        self.register_buffer("mean", torch.zeros(max(1, self.length)))
        self.register_buffer("scale", torch.ones(max(1, self.length)))

    def standardise(self, given: Mapping[str, torch.Tensor]) -> None:
        """Set the mean and standard deviation of the vector from training faces."""
        if self.length:
            vectors = self._raw_vector(given)
            self.mean.copy_(vectors.mean(0))
            self.scale.copy_(1.0 / (vectors.std(0) + 1e-3))

    def maps(self, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Compute the maps, float32 (N, channels, size, size).

        Args:
            given: `landmarks` float32 (N, 68, 2), with -1 and 1 at the edges of the crop; `parsing` uint8 (N,
                size, size) classes; `blendshapes` float32 (N, 52) in [0, 1]; `flame` float32 (N, 56), as in
                `protocols.FaceBatch`.
        """
        first = given[self.inputs[0]]
        ones = torch.ones_like(first.flatten(1)[:, :1], dtype=torch.float32)[:, :, None, None]
        rows = ones * self.centres[None, None, :, None].expand(1, 1, self.size, self.size)
        columns = ones * self.centres[None, None, None, :].expand(1, 1, self.size, self.size)
        found = [rows, columns] if self._located else []
        if "landmarks" in self.inputs:
            found += [
                self._lines(given["landmarks"], getattr(self, f"line_{number}"))
                for number in range(len(LINES))
            ]
        if "parsing" in self.inputs:
            classes = torch.arange(len(PARSING_CLASSES), device=first.device)[None, :, None, None]
            found.append((given["parsing"][:, None].long() == classes).float())
        return torch.cat(found, 1)

    def vector(self, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Compute the standardised vector, float32 (N, length)."""
        return (self._raw_vector(given) - self.mean) * self.scale

    def _raw_vector(self, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        if self.inputs[0] in NUMBERS:
            return given[self.inputs[0]]
        return given["landmarks"].flatten(1)

    def _lines(self, landmarks: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Draw soft lines (N, 1, size, size) with a Gaussian profile, as a product of rows and columns."""
        points = weights @ landmarks
        sharpness = self.size / 2 / LINE_WIDTH
        columns, rows = (
            torch.exp(-0.5 * ((points[..., axis, None] - self.centres) * sharpness) ** 2) for axis in (0, 1)
        )
        return (1.0 - torch.exp(-(rows.transpose(1, 2) @ columns)))[:, None]
