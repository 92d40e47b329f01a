"""Small videos made in a test, and stand-ins for finder and editor, whose faces are coloured squares."""

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from bauta.anonymize.errors import AnonymizationError
from bauta.apply.editor import EditedImage, FaceOutcome, FoundFace, Outcome

SIZE = (160, 120)
RED, GREEN, BLUE = (220, 30, 30), (20, 200, 40), (30, 40, 210)
POINTS = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], dtype=np.float32)


def face_at(x: float, y: float, side: float = 30, score: float = 0.9) -> FoundFace:
    box = np.array([x, y, x + side, y + side], dtype=np.float32)
    return FoundFace(box, score, (box[:2] + POINTS * side).astype(np.float32))


def picture(boxes: Sequence[tuple[float, float, float]], size=SIZE, level=128, seed=0) -> np.ndarray:
    """A noisy grey picture with red squares (x, y, side): the faces."""
    noise = np.random.default_rng(seed).integers(-20, 20, (size[1], size[0], 1))
    image = np.clip(level + noise, 0, 255).astype(np.uint8).repeat(3, axis=2)
    for x, y, side in boxes:
        image[max(0, round(y)) : max(0, round(y + side)), max(0, round(x)) : max(0, round(x + side))] = RED
    return image


class SquareFinder:
    """Finds the red squares; `misses` tells in which calls, counted from 0, it finds nothing."""

    def __init__(self, misses: Callable[[int], bool] = lambda number: False) -> None:
        self.calls = -1
        self.misses = misses

    def find(self, image):
        self.calls += 1
        if self.misses(self.calls):
            return ()
        red = (image[..., 0].astype(int) - image[..., 1] > 100).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(red)
        return tuple(face_at(x, y, max(w, h)) for x, y, w, h, area in stats[1:count].tolist() if area > 50)


class Painter:
    """Paints every face green, a little more than its box, and remembers identities.

    `fails` tells in which calls of `edit`, counted from 0, it raises.
    """

    def __init__(self, fails: Callable[[int], bool] = lambda number: False) -> None:
        self.calls = -1
        self.fails = fails
        self.identities = []

    def edit(self, image, faces, identities=None):
        self.calls += 1
        self.identities.append(list(identities or ()))
        if self.fails(self.calls):
            raise AnonymizationError("it broke")
        edited, mask = image.copy(), np.zeros(image.shape[:2], dtype=bool)
        for face in faces:
            x0, y0, x1, y1 = np.rint(face.box).astype(int).tolist()
            part = slice(max(0, y0 - 1), max(0, y1 + 1)), slice(max(0, x0 - 1), max(0, x1 + 1))
            edited[part], mask[part] = GREEN, True
        return EditedImage(edited, mask, tuple(FaceOutcome(Outcome.ANONYMIZED) for _ in faces))

    def edit_all(self, requests):
        return tuple(self.edit(one.image, one.faces, one.identities) for one in requests)


def write_video(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    base: Fraction = Fraction(1, 90000),
    ticks: Sequence[int] | None = None,
    sound: str | None = "aac",
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    prepare: Callable[[av.VideoFrame, int], None] = lambda frame, number: None,
) -> Path:
    """Write pictures at times in units of `base`, by default 25 a second, with or without sound."""
    every = round(Fraction(1, 25) / base)
    ticks = [every * number for number in range(len(pictures))] if ticks is None else ticks
    extra = {"video_track_timescale": str(base.denominator)} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", container_options=extra | (container or {})) as out:
        out.metadata.update(metadata or {})
        height, width = pictures[0].shape[:2]
        stream = out.add_stream(
            codec, rate=25, options=options or {"crf": "10"} if codec == "libx264" else {}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.time_base = stream.codec_context.time_base = base
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        audio = out.add_stream(sound, rate=48000) if sound else None
        packets = []
        for number, (image, pts) in enumerate(zip(pictures, ticks, strict=True)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = pts, base
            prepare(frame, number)
            packets += stream.encode(frame)
        packets += stream.encode()
        if audio is not None:
            packets += _noise(audio, float(ticks[-1] * base))
        out.mux(packets)
    return path


def rotate(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a display matrix (a, b, c, d) into the header of an MP4 file."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (value * 65536 for value in matrix)
    at = content.index(b"tkhd") + 4 + 40
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(content))
    return path


def _noise(stream, seconds):
    rng = np.random.default_rng(1)
    packets = []
    for number in range(int(seconds * 48000 / 1024) + 1):
        samples = (rng.normal(0, 0.1, (1, 1024))).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1024, Fraction(1, 48000)
        packets += stream.encode(frame)
    return packets + stream.encode()


def frames_of(path: Path, **kwargs) -> list[tuple[Fraction, np.ndarray]]:
    """Time in seconds and RGB pixels of every frame."""
    with av.open(str(path)) as file:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24", **kwargs))
            for frame in file.decode(video=0)
        ]


def sound_of(path: Path) -> list[tuple]:
    """Time, duration and bytes of every packet of sound."""
    with av.open(str(path)) as file:
        return [
            (one.pts * one.time_base, one.duration * one.time_base, bytes(one))
            for one in file.demux(audio=0)
            if one.dts is not None
        ]


def greens(image: np.ndarray) -> np.ndarray:
    """Where an image is painted, bool (H, W)."""
    image = image.astype(int)
    return (image[..., 1] - image[..., 0] > 80) & (image[..., 1] - image[..., 2] > 60)


def reds(image: np.ndarray) -> np.ndarray:
    """Where an image shows a face, bool (H, W)."""
    image = image.astype(int)
    return (image[..., 0] - image[..., 1] > 80) & (image[..., 0] - image[..., 2] > 80)
