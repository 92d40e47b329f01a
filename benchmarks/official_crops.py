"""How far the generators' inputs are from those of the official programs, which start from photographs.

    python benchmarks/official_crops.py FOLDER_OF_PHOTOGRAPHS [COUNT]

Needs the files of `scrfd_500m`, `scrfd_2_5g`, `retinaface_mobilenet` and `mediapipe_face_landmarker` in
BAUTA_MODELS. DSFD and serengil's RetinaFace are not at hand: two detectors that were trained on the same
WIDER FACE stand for them.
"""

import math
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from PIL import Image
from torch import nn

from bauta.alignment.align import apply_affine, fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.ciagan.anonymizer import Ciagan
from bauta.anonymize.ciagan.settings import CiaganSetting
from bauta.anonymize.ciagan.view import (
    View,
    draw_mask,
    loaded,
    masked,
    saved_by_opencv,
    saved_by_pil,
    whole_points,
)
from bauta.anonymize.deepprivacy.fill import face_box
from bauta.anonymize.deepprivacy.hole import Hole, simple_expansion, square_expansion
from bauta.anonymize.ganonymization.drawing import Letterbox
from bauta.contract import CropContract
from bauta.detect import DETECTORS
from bauta.io.images import read_image
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.dlib68 import predict_68
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch

CONTRACT = CropContract()
WIDER_FACE = ("retinaface_mobilenet", "scrfd_2_5g")
SIDE = 512


@dataclass(frozen=True)
class Face:
    """A photograph, its crop and what is found in both."""

    image: np.ndarray
    crop: np.ndarray
    matrix: np.ndarray
    boxes: dict[str, np.ndarray]
    points: np.ndarray
    mesh: np.ndarray


def nearest(found: Any, place: np.ndarray) -> np.ndarray | None:
    """The box whose middle is nearest to a place."""
    if len(found.boxes) == 0:
        return None
    middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    return found.boxes[np.argmin(np.linalg.norm(middles - place, axis=1))]


def faces(folder: Path, count: int) -> list[Face]:
    """The central faces of photographs, where all detectors find one."""
    models = ModelStore.default()
    first = DETECTORS.load("scrfd_500m")(models)
    others = {name: DETECTORS.load(name)(models) for name in WIDER_FACE}
    dlib68 = LANDMARKERS.load("dlib68")(CONTRACT, models)
    files = sorted(folder.rglob("*.jpg"))
    kept = []
    with LANDMARKERS.load("mediapipe478")(CONTRACT, models) as mediapipe:
        for file in files[:: max(1, len(files) // count)]:
            image = read_image(file)
            found = first.detect(image)
            middle = np.array(image.shape[1::-1]) / 2
            if len(found.boxes) == 0:
                continue
            row = np.argmin(np.linalg.norm((found.boxes[:, :2] + found.boxes[:, 2:]) / 2 - middle, axis=1))
            place = (found.boxes[row, :2] + found.boxes[row, 2:]) / 2
            boxes = {name: nearest(detector.detect(image), place) for name, detector in others.items()}
            matrix = fit_similarity(found.points[row], CONTRACT.template())
            crop = warp_crop(image, matrix, CONTRACT.size)
            mesh = mediapipe.locate(crop[None])[0]
            if all(box is not None for box in boxes.values()) and np.isfinite(mesh).all():
                kept.append(Face(image, crop, matrix, boxes, dlib68.locate(crop[None])[0], mesh))
    return kept


def in_crop(box: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A box of the photograph in crop pixels; the turn moves its middle and leaves it upright."""
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    middle = apply_affine(matrix, (box[:2] + box[2:]) / 2)
    half = (box[2:] - box[:2]) * scale / 2
    return np.concatenate([middle - half, middle + half])


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    inter = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    return float(inter / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - inter))


def deepprivacy(face: Face, found: dict[str, list[float]]) -> None:
    """Boxes, and how much of the official square the crop has."""
    box = face_box(face.points, CONTRACT.size)
    official = {name: in_crop(value, face.matrix) for name, value in face.boxes.items()}
    for name, other in official.items():
        found[f"DeepPrivacy: box, IoU with {name}"].append(overlap(np.array(box, float), other))
    found["DeepPrivacy: IoU of the two detectors"].append(overlap(*official.values()))
    for name, square, size in (
        ("FDF256", simple_expansion(box), 256),
        ("FDF128", square_expansion(box, CONTRACT.size), 128),
    ):
        hole = Hole(box, square, CONTRACT.size, size)
        left, top, right, bottom = hole.inside
        inside = (right - left) * (bottom - top) / hole.side**2
        longest = max(box[2] - box[0], box[3] - box[1])
        found[f"DeepPrivacy {name}: square, in longer sides of the box"].append(hole.side / longest)
        found[f"DeepPrivacy {name}: part of the square that lies in the crop"].append(inside)
        found[f"DeepPrivacy {name}: part of the replaced pixels that is protected"].append(
            hole.protected().sum() / hole.replaced().sum()
        )


def ganonymization(face: Face, mediapipe: Any, found: dict[str, list[float]]) -> None:
    """Boxes, and how far the dots lie from those of the official chain, in pixels of a 256-pixel canvas."""
    box = Letterbox.of(face.mesh)
    ours = np.array([box.left, box.top, box.left + box.width, box.top + box.height], float)
    official = in_crop(face.boxes["retinaface_mobilenet"], face.matrix)
    found["GANonymization: box, IoU with retinaface_mobilenet"].append(overlap(ours, official))
    height, width = face.image.shape[:2]
    left, top, right, bottom = np.clip(
        np.rint(face.boxes["retinaface_mobilenet"]), 0, [width, height, width, height]
    ).astype(int)
    angle = math.degrees(math.atan2(face.matrix[1, 0], face.matrix[0, 0]))
    part = Image.fromarray(face.image[top:bottom, left:right]).rotate(-angle)
    scale = min(SIDE / part.height, SIDE / part.width)
    small = part.resize((int(part.width * scale), int(part.height * scale)), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (SIDE, SIDE))
    canvas.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    mesh = mediapipe.locate(np.asarray(canvas)[None])[0]
    if np.isfinite(mesh).all():
        away = np.linalg.norm((mesh + 0.5) / SIDE - box.parts(face.mesh), axis=1) * 256
        found["GANonymization: dots, mean distance in pixels of 256"].append(float(away.mean()))


def ciagan(face: Face, detector: Any, predictor: Any, found: dict[str, list[float]]) -> None:
    """Place and scale of the official view, and the difference of what the network is shown of the face."""
    boxes = detector(face.image, 1)
    if not boxes:
        found["CIAGAN: faces that dlib's detector does not find"].append(1.0)
        return
    found["CIAGAN: faces that dlib's detector does not find"].append(0.0)
    points = whole_points(predict_68(predictor, face.image, boxes[0]))
    official, ours = View.of(points), View.of(whole_points(face.points))
    if official is None or ours is None:
        return
    scale = math.hypot(face.matrix[0, 0], face.matrix[1, 0])
    middles = [
        np.array([view.left + view.half_width, view.top + view.half_height]) for view in (official, ours)
    ]
    away = np.linalg.norm(apply_affine(face.matrix, middles[0]) - middles[1])
    found["CIAGAN: distance of the views' middles, in crop pixels"].append(float(away))
    found["CIAGAN: ratio of the views' sizes"].append(ours.half_height / (official.half_height * scale))
    found["CIAGAN: turn of the head in degrees"].append(
        abs(math.degrees(math.atan2(face.matrix[1, 0], face.matrix[0, 0])))
    )
    shown = []
    for view, where, image in ((official, points, face.image), (ours, whole_points(face.points), face.crop)):
        rows, columns = view.rows(image.shape[0]), view.columns(image.shape[1])
        picture = cv2.resize(image[np.ix_(rows, columns)], (178, 218), interpolation=cv2.INTER_CUBIC)
        hole = masked(loaded(saved_by_pil(draw_mask(view.scaled(where)))))
        shown.append((loaded(saved_by_opencv(picture)), hole))
    both = ~(shown[0][1] | shown[1][1])
    found["CIAGAN: face round the mask, mean difference in grey levels"].append(
        float(np.abs(shown[0][0] - shown[1][0])[both].mean() * 255)
    )
    sees = frozenset({"surroundings", "landmarks"})
    batch = FaceBatch(face_ids=["face"], images=face.crop[None], landmarks=face.points[None])
    backend = Ciagan(CiaganSetting(), CONTRACT, nn.Identity())
    hidden = backend.protected(batch.restricted_to(sees))[0]
    edited = ours.in_crop(shown[1][1].astype(np.uint8), CONTRACT.size, cv2.INTER_NEAREST)
    found["CIAGAN: part of the replaced pixels that is protected"].append(hidden.sum() / edited.sum())
    inter, union = shown[0][1] & shown[1][1], shown[0][1] | shown[1][1]
    found["CIAGAN: mask, IoU"].append(float(inter.sum() / union.sum()))


def main() -> None:
    models = ModelStore.default()
    kept = faces(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
    found: dict[str, list[float]] = defaultdict(list)
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(models.path("dlib_shape_predictor_68")))
    with LANDMARKERS.load("mediapipe478")(CropContract(size=SIDE), models) as mediapipe:
        for face in kept:
            deepprivacy(face, found)
            ganonymization(face, mediapipe, found)
            ciagan(face, detector, predictor, found)
    print(f"{'':<70}{'mean':>8}{'5 %':>8}{'95 %':>8}{'n':>6}")
    for name, values in found.items():
        low, high = np.percentile(values, [5, 95])
        print(f"{name:<70}{np.mean(values):>8.3f}{low:>8.3f}{high:>8.3f}{len(values):>6}")


if __name__ == "__main__":
    main()
