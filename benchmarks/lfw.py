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
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
from numpy.typing import NDArray
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

from bauta.alignment.align import align_detections
from bauta.alignment.crop import crop_dataset
from bauta.attack.lfw_pairs import evaluate_pairs, read_pairs
from bauta.contract import CropContract, Status
from bauta.datasets.lfw import list_lfw
from bauta.datasets.manifest import write_manifest
from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.models.store import ModelStore
from bauta.protocols import Images
from bauta.recognize import RECOGNIZERS
from bauta.recognize.onnx_embedder import OnnxEmbedder, recognizer_session
from bauta.recognize.run import embed_store
from bauta.store import Store

CONTRACT = CropContract()
CALIBRATED_ON = 256
OPSET = 17
"""Of ONNX, from which on a graph can have one scale for each channel of the weights."""


class _Inputs(CalibrationDataReader):
    """What a network is given for some crops."""

    def __init__(self, recognizer: OnnxEmbedder, crops: Images) -> None:
        given: list[dict[str, np.ndarray]] = []
        run = recognizer._session.run

        class Listening:
            def run(self, _: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
                given.append(inputs)
                return run(None, inputs)

        replaced = OnnxEmbedder.__new__(OnnxEmbedder)
        replaced.__dict__.update(recognizer.__dict__, _session=Listening())
        replaced.embed(crops)
        self._given: Iterator[dict[str, np.ndarray]] = iter(given)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._given, None)


def in_int8(recognizer: OnnxEmbedder, crops: Images, folder: Path) -> OnnxEmbedder:
    """The same recognizer with weights and activations in integers of 8 bits, scaled by some crops."""
    newer, small = folder / "newer.onnx", folder / "int8.onnx"
    graph = onnx.load(recognizer._session._model_path)
    onnx.save(version_converter.convert_version(graph, OPSET), newer)
    inputs = _Inputs(recognizer, crops)
    quantize_static(newer, small, inputs, per_channel=True, activation_type=QuantType.QUInt8)
    session = recognizer_session(small)
    return OnnxEmbedder(CONTRACT, session, mean=float(recognizer._mean), std=float(recognizer._std))


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
    parser.add_argument("--int8", action="store_true", help="also in integers of 8 bits")
    arguments = parser.parse_args()
    models = ModelStore.default()
    if arguments.models:
        models = replace(models, folder=arguments.models)
    folds = read_pairs(arguments.pairs or arguments.data.parent / "pairs.txt")
    with tempfile.TemporaryDirectory() as name:
        manifest, crops = make_crops(arguments.data, arguments.detector, models, Path(name))
        found = crops.read("status") == Status.OK.code
        print(f"{arguments.detector}: {found.sum()} of {len(found)} images detected ({found.mean():.4f})")
        subjects = np.array(manifest["subject"].to_pylist())
        print(f"{'recognizer':<24}{'pairs':>7}{'accuracy':>10}{'± s.e.':>9}{'rank-1':>9}{'seconds':>9}")
        for recognizer in arguments.recognizers:
            loaded = RECOGNIZERS.load(recognizer)(CONTRACT, models)
            copies = {recognizer: loaded}
            if arguments.int8 and not isinstance(loaded, OnnxEmbedder):
                print(f"{recognizer:<24}  has no ONNX graph of its own to copy in 8 bits")
            elif arguments.int8:
                calibration = crops.take("images", np.flatnonzero(found)[:CALIBRATED_ON])
                copies[f"{recognizer}, int8"] = in_int8(loaded, calibration, Path(name))
            for label, embedder in copies.items():
                out, start = Path(name) / f"{label}.zarr", time.process_time()
                embed_store(crops, embedder, out)
                taken = time.process_time() - start
                vectors = Store.open(out).read("vectors")
                pairs, first = evaluate_pairs(folds, crops.ids, vectors), rank_1(vectors, subjects)
                if pairs.accuracy.value is None:
                    print(f"{label:<24}  {pairs.accuracy.reason}; rank-1 {first:.4f}")
                    continue
                accuracy, error = pairs.accuracy.value, pairs.standard_error.value
                figures = f"{accuracy:>10.4f}{error:>9.4f}{first:>9.4f}{taken:>9.1f}"
                print(f"{label:<24}{pairs.accuracy.n:>7}{figures}")


if __name__ == "__main__":
    main()
