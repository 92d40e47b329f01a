"""Decoded frames as they are edited and encoded: upright, of one size and format, without side data.

Side data of a frame hold captions, time codes and notes of the camera. The planes of a frame that needs no
other change are passed on as they are, and those of a turned one are turned without any loss.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

TURNS: Mapping[tuple[int, ...], tuple[str, ...]] = {
    (1, 0, 0, 1): (),
    (-1, 0, 0, -1): ("hflip", "vflip"),
    (0, 1, -1, 0): ("transpose=clock",),
    (0, -1, 1, 0): ("transpose=cclock",),
    (-1, 0, 0, 1): ("hflip",),
    (1, 0, 0, -1): ("vflip",),
    (0, 1, 1, 0): ("transpose=cclock_flip",),
    (0, -1, -1, 0): ("transpose=clock_flip",),
}
"""Signs of the display matrix (a, b, c, d), which maps a pixel (x, y) to (a·x + c·y, b·x + d·y) → filters."""


@dataclass(frozen=True)
class Shape:
    """What every frame of a result has in common.

    Attributes:
        width: In pixels.
        height: In pixels.
        pix_fmt: FFmpeg's name of the pixel format.
        aspect: Width of a pixel divided by its height; None where the original does not say.
    """

    width: int
    height: int
    pix_fmt: str
    aspect: Fraction | None = None


class Uprighter:
    """Brings frames to one shape.

    Args:
        shape: The shape of the result.
        time_base: Seconds per unit of a frame's time.

    Attributes:
        resized: How many frames had another size than the first, and were scaled.
    """

    def __init__(self, shape: Shape, time_base: Fraction) -> None:
        self._shape = shape
        self._time_base = time_base
        self._key: tuple | None = None
        self._graph = Graph()
        self._scales = False
        self.resized = 0

    def __call__(self, frame: VideoFrame, pts: int) -> VideoFrame:
        """The frame, upright, to be shown at `pts`; it may share memory with the decoder's."""
        # Side data are read only where something changes: PyAV ties them and their frame into a ring, which
        # would keep the frame until the garbage collector comes by.
        size = (frame.width, frame.height)
        key = (*size, frame.format.name, frame.colorspace, frame.color_range, frame.rotation)
        if key != self._key:
            self._graph, self._key = self._new_graph(frame), key
            size = upright_size(frame)
            self._scales = size != (self._shape.width, self._shape.height) and not self._is_padded(size)
        self.resized += self._scales
        frame.pts, frame.time_base = pts, self._time_base
        self._graph.vpush(frame)
        upright = self._graph.vpull()
        upright.pts, upright.time_base = pts, self._time_base
        # The encoder chooses its own key frames.
        upright.pict_type = 0
        return upright

    def _new_graph(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        width, height = upright_size(frame)
        steps = [*turns_of(frame)]
        if self._is_padded((width, height)):
            right, bottom = self._shape.width - width, self._shape.height - height
            steps.append(f"pad={self._shape.width}:{self._shape.height}:0:0")
            steps.append(f"fillborders=right={right}:bottom={bottom}:mode=smear")
        elif (width, height) != (self._shape.width, self._shape.height):
            steps.append(f"scale={self._shape.width}:{self._shape.height}")
        steps += [f"format={self._shape.pix_fmt}", "sidedata=mode=delete"]
        before = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._time_base
        )
        for step in steps:
            name, _, arguments = step.partition("=")
            node = graph.add(name, arguments or None)
            before.link_to(node)
            before = node
        before.link_to(graph.add("buffersink"))
        graph.configure()
        return graph

    def _is_padded(self, size: tuple[int, int]) -> bool:
        """Whether a size differs from the shape's by the pixel that makes a side even."""
        return size != (self._shape.width, self._shape.height) and size == tuple(
            side - odd
            for side, odd in zip((self._shape.width, self._shape.height), _oddness(size), strict=True)
        )


def _oddness(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] % 2, size[1] % 2


def turns_of(frame: VideoFrame) -> tuple[str, ...]:
    """The filters that turn a frame upright, by its display matrix; none for angles between right ones."""
    for data in cast(Iterable[SideData], frame.side_data):
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5]
            largest = max(abs(int(value)) for value in (a, b, c, d))
            signs = tuple(int(np.sign(value)) if abs(value) * 2 > largest else 0 for value in (a, b, c, d))
            return TURNS.get(signs, ())
    return ()


def is_transposed(frame: VideoFrame) -> bool:
    """Whether a frame becomes as wide as it was high once it is upright."""
    return any(step.startswith("transpose") for step in turns_of(frame))


def upright_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height of a frame once it is upright."""
    return (frame.height, frame.width) if is_transposed(frame) else (frame.width, frame.height)
