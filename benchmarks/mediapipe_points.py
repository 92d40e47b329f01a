"""On how many faces MediaPipe finds its 478 points: crops of a folder of photographs, made through MTCNN.

python benchmarks/mediapipe_points.py PATH/TO/lfw --models PATH/TO/models --limit 500
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.mtcnn import Mtcnn
from bauta.io.images import read_image
from bauta.landmarks.mediapipe478 import MediaPipe478
from bauta.models.store import ModelStore

SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder, searched with its subfolders")
    parser.add_argument("--models", type=Path, required=True, help="folder with the files of the models")
    parser.add_argument("--limit", type=int, help="draw that many images")
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.images.rglob("*") if path.suffix.lower() in SUFFIXES)
    if arguments.limit is not None and arguments.limit < len(paths):
        drawn = np.random.default_rng(0).choice(len(paths), arguments.limit, replace=False)
        paths = [paths[row] for row in sorted(drawn)]
    models, contract = replace(ModelStore.default(), folder=arguments.models), CropContract()
    detector, crops = Mtcnn(models), []
    for path in paths:
        image = read_image(path)
        found = detector.detect(image)
        if len(found.scores):
            matrix = fit_similarity(found.points[0], contract.template())
            crops.append(warp_crop(image, matrix, contract.size))
    with MediaPipe478(contract, models) as landmarker:
        start = time.perf_counter()
        points = landmarker.locate(np.stack(crops))
        seconds = time.perf_counter() - start
    located = int(np.isfinite(points).all(axis=(1, 2)).sum())
    print(
        f"{len(paths)} images, {len(crops)} with a face, {located} with {landmarker.points} points "
        f"({located / len(paths):.4f} of the images), {1000 * seconds / len(crops):.1f} ms a crop"
    )


if __name__ == "__main__":
    main()
