"""Pixels of frames: as RGB for whoever looks at them, and back, only where they were edited."""

from itertools import product
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from bauta.protocols import Images

MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""FFmpeg's number of a matrix (AVColorSpace) → swscale's; all others are ITU-R BT.601's, as in players."""


def to_rgb(frame: VideoFrame) -> Images:
    """The pixels of a frame: uint8 (H, W, 3) RGB."""
    matrix, span = _colours(frame)
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=span,
        dst_color_range=ColorRange.JPEG,
    )
    return np.ascontiguousarray(rgb.to_ndarray())


def paste(frame: VideoFrame, edited: Images, mask: NDArray[np.bool_]) -> None:
    """Replace the pixels of a frame inside a mask, in place.

    All other samples stay as they are, bit for bit. Where several pixels share a colour sample, it is
    replaced if one of them was edited.

    Args:
        frame: A frame in a planar format, 8 to 16 bits deep; its memory is copied first if it is shared.
        edited: uint8 (H, W, 3) RGB.
        mask: bool (H, W).
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return
    frame.make_writable()
    box = tuple(
        slice(at[0] - at[0] % 4, min(side, at[-1] + 4 - at[-1] % 4))
        for at, side in zip((rows, columns), mask.shape, strict=True)
    )
    matrix, span = _colours(frame)
    patch = VideoFrame.from_ndarray(np.ascontiguousarray(edited[box]), format="rgb24").reformat(
        format=frame.format.name,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=ColorRange.JPEG,
        dst_color_range=span,
    )
    changed = mask[box]
    for number in range(len(frame.planes)):
        target, source = plane_of(frame, number), plane_of(patch, number)
        part = target[
            _shrunk(box[0], mask.shape[0], target.shape[0]), _shrunk(box[1], mask.shape[1], target.shape[1])
        ]
        np.copyto(part, source, where=_any_in_blocks(changed, source.shape))


def blacken(frame: VideoFrame) -> None:
    """Make a frame black, in place."""
    shape = (frame.height, frame.width)
    paste(frame, np.zeros((*shape, 3), dtype=np.uint8), np.ones(shape, dtype=bool))


def plane_of(frame: VideoFrame, number: int) -> NDArray[Any]:
    """A plane of a frame in a planar format, uint8 or uint16 (H, W), as a view of its memory."""
    plane = frame.planes[number]
    deep = frame.format.components[number].bits > 8
    samples = np.frombuffer(memoryview(plane), dtype=np.uint16 if deep else np.uint8)
    stride = plane.line_size // samples.itemsize
    return samples[: stride * plane.height].reshape(plane.height, stride)[:, : plane.width]


def _shrunk(part: slice, side: int, smaller: int) -> slice:
    """The same part of a plane with fewer samples along an axis."""
    factor = round(side / smaller)
    return slice(part.start // factor, -(-part.stop // factor))


def _any_in_blocks(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether any pixel of each block of a mask is set, for blocks that split it into `shape`.

    Or-ing the samples of one place in the blocks takes a tenth of the time of numpy's any() over two axes.
    """
    if mask.shape == shape:
        return mask
    factors = [round(side / smaller) for side, smaller in zip(mask.shape, shape, strict=True)]
    whole = np.zeros([smaller * factor for smaller, factor in zip(shape, factors, strict=True)], dtype=bool)
    whole[: mask.shape[0], : mask.shape[1]] = mask[: whole.shape[0], : whole.shape[1]]
    places = product(range(factors[0]), range(factors[1]))
    return np.logical_or.reduce([whole[down :: factors[0], across :: factors[1]] for down, across in places])


def _colours(frame: VideoFrame) -> tuple[Colorspace, ColorRange]:
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return MATRICES.get(frame.colorspace, Colorspace.ITU601), ColorRange.JPEG if full else ColorRange.MPEG
