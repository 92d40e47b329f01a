"""`bauta apply` and `deface` on the same pictures of many faces: what they find, and how fast they are.

    python benchmarks/apply.py PATH/TO/lfw --deface PATH/TO/VENV/bin/python
    python benchmarks/apply.py PATH/TO/lfw --memory 60

The first call composes pictures of 2 to 12 photographs of LFW (faces of 24 to 400 pixels, overlapping, turned
by up to 40°, at the border), whose faces are known, and gives them to both programs in turns, on one CPU core
each: recall of the faces of which most can be seen, pictures a second, and, for bauta, the pixels that
changed outside the edited region and the faces that a recognizer still matches. `deface` 1.5.0 is installed
in an environment of its own (`pip install deface==1.5.0 onnx onnxruntime`). The second call edits synthesised
pictures of 12 megapixels and prints the largest memory of the process as it goes.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.apply.chosen import parse_setting
from bauta.apply.editor import open_editor, open_finder
from bauta.apply.evidence import Evidence
from bauta.apply.picture_files import encode, read_picture
from bauta.models.store import ModelStore

SIZE = (1280, 960)
SIDE_IN_LFW = 95.0
"""Width of a face in a photograph of LFW, of 250 pixels."""
VISIBLE = 0.7
"""Share of a face that must be in the picture and not covered for it to count."""
HIT = 0.3
"""Least intersection over union of a detected box and the true one."""

CHILD = """
import json, sys, time
from deface.centerface import CenterFace
from deface.deface import image_detect
import imageio.v2 as iio
network = CenterFace(in_shape=None)
for line in sys.stdin:
    path, target = json.loads(line)
    boxes = network(iio.imread(path), threshold=0.2)[0][:, :4].tolist()
    start = time.perf_counter()
    image_detect(path, target, network, 0.2, "blur", 1.3, True, False, False, False)
    print(json.dumps({"boxes": boxes, "seconds": time.perf_counter() - start}), flush=True)
"""


class Deface:
    """`deface` in a process of its own, which edits a picture on request."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def edit(self, path: str, target: Path) -> tuple[list[list[float]], float]:
        """Boxes and seconds of a picture."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([path, str(target)]) + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("{"):
            if not line:
                raise RuntimeError("deface has ended")
        answer = json.loads(line)
        return answer["boxes"], answer["seconds"]


def compose(rng: np.random.Generator, files: list[Path]) -> tuple[NDArray[np.uint8], list[list[float]]]:
    """A picture, and x, y, side and visible share of each face in it."""
    width, height = SIZE
    coarse = rng.integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8)
    picture = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), 2), SIZE, interpolation=cv2.INTER_CUBIC)
    sides = np.sort(np.exp(rng.uniform(np.log(24), np.log(400), int(rng.integers(2, 13)))))[::-1]
    placed = []
    for side in sides.tolist():
        photograph = cv2.imread(str(files[rng.integers(len(files))]))[..., ::-1]
        scale, angle = side / SIDE_IN_LFW, float(rng.uniform(-40, 40))
        x, y = float(rng.uniform(0.02, 0.98) * width), float(rng.uniform(0.02, 0.98) * height)
        small = max(1, round(250 * min(scale, 1.0)))
        photograph = cv2.resize(photograph, (small, small), interpolation=cv2.INTER_AREA)
        middle = (small - 1) / 2
        matrix = cv2.getRotationMatrix2D((middle, middle), angle, scale * 250 / small)
        matrix[:, 2] += np.array([x, y]) - middle
        turned = cv2.warpAffine(photograph, matrix, SIZE, borderMode=cv2.BORDER_REPLICATE)
        oval = np.zeros((height, width), np.uint8)
        cv2.ellipse(oval, ((x, y), (150 * scale, 200 * scale), -angle), 1, -1)
        picture = np.where(oval[..., None] > 0, turned, picture)
        face = np.zeros((height, width), np.uint8)
        cv2.ellipse(face, ((x, y), (side, side * 1.2), -angle), 1, -1)
        placed.append((x, y, side, face > 0, oval > 0))
    faces = []
    for index, (x, y, side, face, _) in enumerate(placed):
        covered = np.any([oval for *_, oval in placed[index + 1 :]], axis=0)
        faces.append([x, y, side, float((face & ~covered).sum() / (np.pi / 4 * side * side * 1.2))])
    return np.ascontiguousarray(picture), faces


def recall(boxes: dict[str, list], truth: dict[str, list[list[float]]]) -> tuple[int, int, list[float]]:
    """Found and all faces of which enough can be seen, and the sides of the others."""
    found, lost = 0, []
    for name, faces in truth.items():
        for x, y, side, visible in faces:
            if visible < VISIBLE:
                continue
            true = np.array([x - side / 2, y - side * 0.6, x + side / 2, y + side * 0.6])
            if any(overlap(true, np.array(box)) >= HIT for box in boxes[name]):
                found += 1
            else:
                lost.append(round(side))
    return found, found + len(lost), sorted(lost)


def overlap(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Intersection over union of two boxes."""
    shared = np.prod(np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0))
    return float(shared / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared))


def compare(lfw: Path, python: Path | None, detector: str, seeds: range, min_face: int) -> None:
    files = sorted(lfw.glob("*/*.jpg"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        truth = {}
        for number in seeds:
            picture, faces = compose(np.random.default_rng(number), files)
            path = folder / f"{number:02d}.png"
            path.write_bytes(encode(picture, "PNG"))
            truth[str(path)] = faces
        (folder / "out").mkdir()
        deface = None if python is None else Deface(python)
        for setting, other in (("blur kernel=61", deface), ("blackout", None)):
            run(truth, folder / "out", setting, detector=detector, min_face=min_face, deface=other)


def run(
    truth: dict[str, list], out: Path, setting: str, *, detector: str, min_face: int, deface: Deface | None
) -> None:
    finder = open_finder(detector, min_face=min_face)
    editor = open_editor(parse_setting(setting))
    evidence = Evidence.open("dlib_resnet", finder, threshold=None, models=ModelStore.default())
    boxes, others, seconds, other_seconds = {}, {}, [], []
    outside, still, outcomes = 0, 0, Counter()
    for path in truth:
        start = time.perf_counter()
        image = read_picture(Path(path)).image
        faces = finder.find(image)
        edited = editor.edit(image, faces)
        target = out / Path(path).name
        target.write_bytes(encode(edited.image, "PNG"))
        seconds.append(time.perf_counter() - start)
        if deface is not None:
            others[path], spent = deface.edit(path, out / "deface.png")
            other_seconds.append(spent)
        boxes[path] = [face.box.tolist() for face in faces]
        released = read_picture(target).image
        outside += int((released != image).any(axis=2)[~edited.mask].sum())
        outcomes.update(str(outcome.outcome) for outcome in edited.outcomes)
        cosines = [cosine for _, cosine in evidence.compare(image, faces, released)]
        still += sum(cosine is not None and cosine >= evidence.threshold for cosine in cosines)
    found, total, lost = recall(boxes, truth)
    print(f"bauta, {setting}, {detector}: recall {found}/{total}, lost {lost}, {rate(seconds)};")
    print(f"  {dict(outcomes)}, {outside} pixels changed outside, {still} still matched", flush=True)
    if deface is not None:
        found, total, lost = recall(others, truth)
        print(f"deface: recall {found}/{total}, lost {lost}, {rate(other_seconds)}")
        ratios = sorted(theirs / ours for ours, theirs in zip(seconds, other_seconds, strict=True))
        print(f"  bauta's speed over deface's: {sum(other_seconds) / sum(seconds):.2f}, ", end="")
        print(f"median over pictures {ratios[len(ratios) // 2]:.2f}", flush=True)


def rate(seconds: list[float]) -> str:
    return f"{len(seconds) / sum(seconds):.2f} pictures a second"


def memory(lfw: Path, count: int, detector: str, min_face: int) -> None:
    """Edit pictures of 4000 × 3000 pixels through the command's own pipeline."""
    from bauta.apply.pipeline import Options  # noqa: PLC0415
    from bauta.apply.run import Request, apply_files  # noqa: PLC0415

    files = sorted(lfw.glob("*/*.jpg"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "in").mkdir()
        for number in range(4):
            picture, _ = compose(np.random.default_rng(number), files)
            large = cv2.resize(picture, (4000, 3000), interpolation=cv2.INTER_LINEAR)
            (folder / f"in/{number}.jpg").write_bytes(encode(large, "JPEG"))
        for number in range(4, count):
            (folder / f"in/{number}.jpg").hardlink_to(folder / f"in/{number % 4}.jpg")
        for part in range(0, count, 10):
            inputs = [folder / f"in/{number}.jpg" for number in range(part, min(part + 10, count))]
            start = time.perf_counter()
            apply_files(
                Request(
                    inputs=inputs,
                    out=folder / "out",
                    setting=parse_setting("blur kernel=61"),
                    detector=detector,
                    min_face=min_face,
                    options=Options(workers=2),
                    overwrite=True,
                    models=ModelStore.default(),
                )
            )
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            spent = (time.perf_counter() - start) / len(inputs)
            print(
                f"{part + len(inputs)} pictures: at most {most:.2f} GB, {spent:.2f} s a picture", flush=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lfw", type=Path)
    parser.add_argument("--deface", type=Path, help="Python of an environment with deface")
    parser.add_argument("--detector", default="mtcnn")
    parser.add_argument("--min-face", type=int, default=24)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first picture")
    parser.add_argument("--memory", type=int, help="number of pictures of 12 megapixels")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if options.memory:
        memory(options.lfw, options.memory, options.detector, options.min_face)
    else:
        seeds = range(options.first, options.first + options.pictures)
        compare(options.lfw, options.deface, options.detector, seeds, options.min_face)


if __name__ == "__main__":
    main()
