"""`bauta apply` on a video of moving faces: what is covered, what is kept, and the speed, beside `deface`.

    python benchmarks/video.py PATH/TO/lfw FOLDER --deface PATH/TO/bin/deface
    python benchmarks/video.py PATH/TO/lfw FOLDER --deface PATH/TO/bin/deface --only speed --seconds 12

Needs the files of the detector (BAUTA_MODELS), and `deface` 1.5 with onnxruntime in its own environment.
Photographs of LFW move over a noisy background: they cross, leave and return. Where each face is, is known
from how the video was made. All numbers are of one run on one machine; speed is a ratio, of both programs in
turns with all cores, by the clock and by the time of all processors; the latter hardly depends on what else
the machine does. The second call takes a few minutes on two cores.

- covered: faces whose middle is black in the result of blackout or `--replacewith solid`, of those seen;
- shown beside a covered one: not covered, although the same face is in the frame before or after;
- both also with 5 % of all detections dropped at random.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.apply.chosen import parse_setting
from bauta.apply.editor import FoundFace, open_editor, open_finder
from bauta.protocols import Images
from bauta.video.encoding import Encoding
from bauta.video.run import BRIDGE_S, VideoOptions, anonymize_video

SIZE, RATE = (1280, 720), 25
PEOPLE = 9
DROPPED = 0.05
HEAD = (125, 125, 62, 82)
"""Centre and half axes of the head in a photograph of LFW, whose faces are centred."""
CORE = 30
"""Half the side of the middle of the face there: eyes, nose and mouth."""
SEEN, BLACK, COVERED = 0.75, 40, 0.9
"""Part of the core that must be in sight; grey level of black; part of the core that must be black."""


@dataclass(frozen=True)
class Path2D:
    """How a face moves: centre and size over time, in seconds."""

    middle: tuple[float, float]
    reach: tuple[float, float]
    period: tuple[float, float]
    phase: tuple[float, float]
    scale: float

    def at(self, seconds: float) -> tuple[float, float, float]:
        angles = [2 * np.pi * (seconds / p + f) for p, f in zip(self.period, self.phase, strict=True)]
        x, y = (m + r * np.sin(a) for m, r, a in zip(self.middle, self.reach, angles, strict=True))
        return float(x), float(y), self.scale * (1 + 0.25 * np.sin(angles[0] / 2))


def paths(rng: np.random.Generator) -> list[Path2D]:
    made = []
    for number in range(PEOPLE):
        # Every third face leaves the picture at the sides.
        reach = SIZE[0] * (0.62 if number % 3 == 0 else 0.3)
        made.append(
            Path2D(
                middle=(rng.uniform(0.35, 0.65) * SIZE[0], rng.uniform(0.2, 0.8) * SIZE[1]),
                reach=(reach, rng.uniform(20, 120)),
                period=(rng.uniform(9, 20), rng.uniform(5, 11)),
                phase=(rng.uniform(), rng.uniform()),
                scale=float(rng.uniform(0.45, 1.3)),
            )
        )
    return made


def draw(
    photographs: list[Images], ways: list[Path2D], number: int, background: Images
) -> tuple[Images, NDArray]:
    """A frame, and for each face the box of its core (4,) and the part of it that is seen."""
    image = np.roll(background, number, axis=1).copy()
    owner = np.full(image.shape[:2], -1, dtype=np.int16)
    cores = np.zeros((len(ways), 5))
    mask = np.zeros((250, 250), dtype=np.float32)
    cv2.ellipse(mask, HEAD[:2], HEAD[2:], 0, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (9, 9), 2)
    for person, (photograph, way) in enumerate(zip(photographs, ways, strict=True)):
        x, y, scale = way.at(number / RATE)
        low = np.clip(np.floor((x - 75 * scale, y - 95 * scale)), 0, SIZE).astype(int)
        high = np.clip(np.ceil((x + 75 * scale, y + 95 * scale)), 0, SIZE).astype(int)
        if (low < high).all():
            matrix = np.array([[scale, 0, x - scale * 125 - low[0]], [0, scale, y - scale * 125 - low[1]]])
            part = slice(low[1], high[1]), slice(low[0], high[0])
            alpha = cv2.warpAffine(soft, matrix, (high - low).tolist())[..., None]
            face = cv2.warpAffine(photograph, matrix, (high - low).tolist(), flags=cv2.INTER_AREA)
            image[part] = (image[part] * (1 - alpha) + face * alpha).astype(np.uint8)
            owner[part][alpha[..., 0] > 0.5] = person
        half = CORE * scale
        cores[person, :4] = x - half, y - half, x + half, y + half
    for person in range(len(ways)):
        x0, y0, x1, y1 = np.rint(cores[person, :4]).astype(int)
        part = owner[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        cores[person, 4] = (part == person).sum() / max(1, (x1 - x0) * (y1 - y0))
    return image, cores


def make(lfw: Path, path: Path, seconds: float) -> NDArray:
    """Write the video, with sound, and return the cores (frames, people, 5)."""
    rng = np.random.default_rng(7)
    folders = sorted(lfw.iterdir())
    chosen = [folders[row] for row in rng.choice(len(folders), PEOPLE, replace=False)]
    photographs = [cv2.cvtColor(cv2.imread(str(min(one.iterdir()))), cv2.COLOR_BGR2RGB) for one in chosen]
    ways = paths(rng)
    coarse = rng.integers(40, 200, (9, 16, 3)).astype(np.uint8)
    background = cv2.add(
        cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC),
        rng.integers(0, 24, (SIZE[1], SIZE[0], 3)).astype(np.uint8),
    )
    cores = []
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=RATE, options={"crf": "16", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        sound = out.add_stream("aac", rate=48000)
        out.metadata["title"] = "the names of nine people"
        done = 0
        for number in range(int(seconds * RATE)):
            image, own = draw(photographs, ways, number, background)
            cores.append(own)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(video.encode(frame))
            while done < number * 48000 // RATE:
                tone = 0.1 * np.sin(np.arange(done, done + 1024) / 20).astype(np.float32)
                audio = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
                audio.sample_rate, audio.pts, audio.time_base = 48000, done, Fraction(1, 48000)
                out.mux(sound.encode(audio))
                done += 1024
        out.mux(video.encode())
        out.mux(sound.encode())
    return np.array(cores)


def blackened(path: Path, cores: NDArray) -> NDArray[np.bool_]:
    """Whether each core is black in the result, (frames, people)."""
    found = np.zeros(cores.shape[:2], dtype=bool)
    with av.open(str(path)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            image = frame.to_ndarray(format="rgb24").max(axis=2)
            for person, (x0, y0, x1, y1, _) in enumerate(np.rint(cores[number]).astype(int)):
                part = image[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
                found[number, person] = part.size > 0 and (part < BLACK).mean() >= COVERED
    return found


def judged(path: Path, cores: NDArray) -> dict[str, float]:
    """Share of the faces that are covered, and single frames in which they are not."""
    black, seen = blackened(path, cores), cores[..., 4] >= SEEN
    shown = seen & ~black
    around = np.zeros_like(black)
    around[1:] |= (black & seen)[:-1]
    around[:-1] |= (black & seen)[1:]
    both = np.zeros_like(black)
    both[1:-1] = (black & seen)[:-2] & (black & seen)[2:]
    return {
        "faces": int(seen.sum()),
        "covered": float((black & seen).sum() / seen.sum()),
        "shown": int(shown.sum()),
        "shown beside a covered one": int((shown & around).sum()),
        "shown between two covered ones": int((shown & both).sum()),
    }


class Replayed:
    """What a finder found in the frames of a first run, again, without some of it."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder
        self._found: list[tuple[FoundFace, ...]] = []
        self._next, self._dropped = 0, 0.0
        self._rng = np.random.default_rng(11)

    def again(self, dropped: float) -> "Replayed":
        """Begin with the first frame, and lose a part of the faces at random."""
        self._next, self._dropped, self._rng = 0, dropped, np.random.default_rng(11)
        return self

    def find_quickly(self, image: Images) -> tuple[FoundFace, ...]:
        return self._again(image, self._finder.find_quickly)

    def find(self, image: Images) -> tuple[FoundFace, ...]:
        return self._again(image, self._finder.find)

    def _again(self, image: Images, find: Callable[[Images], tuple[FoundFace, ...]]) -> tuple[FoundFace, ...]:
        if self._next == len(self._found):
            self._found.append(find(image))
        self._next += 1
        return tuple(face for face in self._found[self._next - 1] if self._rng.uniform() >= self._dropped)


def kept(source: Path, result: Path) -> dict[str, bool]:
    """Whether the times of frames, and the sound, are those of the source."""

    def read(path: Path) -> tuple[list, list, dict]:
        with av.open(str(path)) as file:
            times = [frame.pts * frame.time_base for frame in file.decode(video=0)]
        with av.open(str(path)) as file:
            packets = [one for one in file.demux(audio=0) if one.dts is not None]
            sound = [(one.pts * one.time_base, one.duration * one.time_base, bytes(one)) for one in packets]
            return times, sound, dict(file.metadata)

    one, other = read(source), read(result)
    return {
        "times equal": one[0] == other[0],
        "sound equal": one[1] == other[1],
        "title gone": "title" not in other[2],
    }


def timed(command: list[str]) -> NDArray[np.float64]:
    """Seconds of a command: by the clock, and of all processors."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # Both choose their threads themselves, as if called by hand.
    alone = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, check=True, env=alone, **quiet)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return np.array([time.perf_counter() - start, busy])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lfw", type=Path)
    parser.add_argument("folder", type=Path, help="where videos are written; never commit them")
    parser.add_argument("--deface", type=Path, help="the command of deface")
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--detector", default="scrfd_2_5g")
    parser.add_argument("--min-face", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=["recall", "speed"])
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    source, cores_file = told.folder / "faces.mp4", told.folder / "faces.npy"
    if not cores_file.exists():
        np.save(cores_file, make(told.lfw, source, told.seconds))
    cores = np.load(cores_file)
    frames = len(cores)
    results: dict[str, dict] = {}
    if told.only != "speed":
        finder = Replayed(open_finder(told.detector, min_face=told.min_face))
        editor = open_editor(parse_setting("blackout", {}))
        for name, dropped, bridge in (
            ("bauta, 5 % dropped", DROPPED, BRIDGE_S),
            ("bauta", 0.0, BRIDGE_S),
            ("bauta, 5 % dropped, --bridge 0", DROPPED, 0.0),
        ):
            out = told.folder / f"bauta-{len(results)}.mp4"
            options = VideoOptions(Encoding(), bridge=bridge, progress=True)
            report = anonymize_video(source, out, finder.again(dropped), editor, options)
            results[name] = judged(out, cores) | kept(source, out) | {"tracks": len(report.tracks)}
            print(name, json.dumps(results[name]), file=sys.stderr, flush=True)
            if told.deface and "deface" not in results:
                out = told.folder / "deface.mp4"
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                subprocess.run(
                    [*_deface(told.deface, source, out), "--replacewith", "solid"], check=True, **quiet
                )
                results["deface"] = judged(out, cores)
                print("deface", json.dumps(results["deface"]), file=sys.stderr, flush=True)
    if told.only != "recall" and told.deface:
        results["frames a second"] = _speed(told, source, frames)
    print(json.dumps(results, indent=2))


def _deface(command: Path, source: Path, out: Path) -> list[str]:
    size = f"{SIZE[0] // 2}x{SIZE[1] // 2}"
    return [str(command), str(source), "-o", str(out), "--scale", size, "--keep-audio", "--backend", "onnxrt"]


def _speed(told: argparse.Namespace, source: Path, frames: int) -> dict[str, float]:
    """Frames a second of both, and their ratio, by the clock and by the time of all processors."""
    best = {name: np.full(2, np.inf) for name in ("bauta", "deface")}
    for number in range(told.rounds):
        folder = told.folder / f"applied-{number}-{time.time_ns()}"
        command = [sys.executable, "-m", "bauta", "apply", str(source), "-o", str(folder)]
        command += ["--detector", told.detector, "--min-face", str(told.min_face)]
        command += ["--anonymizer", "blur", "--kernel", "61"]
        best["bauta"] = np.minimum(best["bauta"], timed(command))
        print(f"bauta, round {number}: {best['bauta'].round(1)} s", file=sys.stderr, flush=True)
        with (folder / "faces.csv").open() as table:
            if next(csv.DictReader(table))["status"] != "released":
                sys.exit("bauta did not release the video")
        best["deface"] = np.minimum(
            best["deface"], timed(_deface(told.deface, source, told.folder / "blurred.mp4"))
        )
        print(f"deface, round {number}: {best['deface'].round(1)} s", file=sys.stderr, flush=True)
    ratio, busy = best["deface"] / best["bauta"]
    speeds = {name: float(frames / seconds[0]) for name, seconds in best.items()}
    return speeds | {"ratio": float(ratio), "ratio by processor time": float(busy)}


if __name__ == "__main__":
    main()
