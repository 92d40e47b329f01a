"""Recognizers on Labeled Faces in the Wild, through the library's own detection, alignment and crops.

    python benchmarks/lfw.py --data PATH/TO/lfw --pairs PATH/TO/pairs.txt --models PATH/TO/models \
        --detector scrfd_500m --recognizers mobilefacenet mobilefacenet_casia

Of several faces the one nearest to the image's middle is taken, which is the person that the image is named
after. Detected is the share of the images in which a face was found. Accuracy is that of the ten-fold
protocol on the pairs of `pairs.txt` that can be formed. Rank-1 is over all images of people with at least
two, each against all other images; an image without a face is a miss.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bauta.alignment.align import align_detections
from bauta.alignment.crop import crop_dataset
from bauta.attack.lfw_pairs import evaluate_pairs, read_pairs
from bauta.contract import CropContract, Status
from bauta.datasets.lfw import list_lfw
from bauta.datasets.manifest import write_manifest
from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.models.store import ModelStore
from bauta.recognize import RECOGNIZERS
from bauta.recognize.run import embed_store
from bauta.store import Store

CONTRACT = CropContract()


def rank_1(vectors: NDArray[np.float32], subjects: NDArray[np.str_]) -> float:
    """Share of the images of people with several whose nearest other image shows the same person."""
    found = np.isfinite(vectors).all(axis=1)
    vectors = np.where(found[:, None], vectors, 0.0)
    _, person, images = np.unique(subjects, return_inverse=True, return_counts=True)
    probes = np.flatnonzero(images[person] >= 2)
    hits = 0
    for rows in np.array_split(probes, max(1, len(probes) // 256)):
        scores = np.where(found, vectors[rows] @ vectors.T, -np.inf)
        scores[np.arange(len(rows)), rows] = -np.inf
        hits += int((found[rows] & (person[scores.argmax(axis=1)] == person[rows])).sum())
    return hits / len(probes)


def make_crops(data: Path, detector: str, models: ModelStore, folder: Path) -> tuple[pa.Table, Store]:
    """The manifest of LFW and the crops of its faces."""
    manifest = write_manifest(list_lfw(data), data, folder / "manifest.parquet")
    detections = detect_dataset(manifest, data, DETECTORS.load(detector)(models), "central", progress=True)
    alignment = align_detections(detections, CONTRACT)
    crop_dataset(manifest, alignment, data, CONTRACT, folder / "crops.zarr")
    return manifest, Store.open(folder / "crops.zarr")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the people's folders")
    parser.add_argument("--pairs", type=Path, help="pairs.txt, by default beside the folder")
    parser.add_argument("--models", type=Path, help="folder of the model files, else BAUTA_MODELS")
    parser.add_argument("--detector", default="scrfd_500m", choices=list(DETECTORS))
    parser.add_argument("--recognizers", nargs="+", default=["mobilefacenet"], choices=list(RECOGNIZERS))
    arguments = parser.parse_args()
    models = ModelStore.default()
    if arguments.models:
        models = replace(models, folder=arguments.models)
    folds = read_pairs(arguments.pairs or arguments.data.parent / "pairs.txt")
    with tempfile.TemporaryDirectory() as name:
        manifest, crops = make_crops(arguments.data, arguments.detector, models, Path(name))
        found = crops.read("status") == Status.OK.code
        print(f"{arguments.detector}: {found.sum()} of {len(found)} images detected ({found.mean():.4f})")
        print(f"{'recognizer':<24}{'pairs':>7}{'accuracy':>10}{'± s.e.':>9}{'rank-1':>9}")
        for recognizer in arguments.recognizers:
            out = Path(name) / f"{recognizer}.zarr"
            embed_store(crops, RECOGNIZERS.load(recognizer)(CONTRACT, models), out)
            vectors = Store.open(out).read("vectors")
            pairs = evaluate_pairs(folds, crops.ids, vectors)
            first = rank_1(vectors, np.array(manifest["subject"].to_pylist()))
            if pairs.accuracy.value is None:
                print(f"{recognizer:<24}  {pairs.accuracy.reason}; rank-1 {first:.4f}")
                continue
            accuracy, error = pairs.accuracy.value, pairs.standard_error.value
            print(f"{recognizer:<24}{pairs.accuracy.n:>7}{accuracy:>10.4f}{error:>9.4f}{first:>9.4f}")


if __name__ == "__main__":
    main()
