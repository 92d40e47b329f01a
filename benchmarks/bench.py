"""Speed of bauta's stages, each as a ratio to the bare loop over the same work in the same run: `make bench`.

Absolute times on a shared machine say little; a ratio of 1 means that a stage costs nothing beyond the model
or the arithmetic that it is there for. Each pair is run alternately and the medians are compared.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bauta.align import align_detections
from bauta.attack.faces import Embeddings, FaceLabels
from bauta.attack.histograms import cluster_subjects, pair_histograms
from bauta.contract import CropContract
from bauta.crop import crop_dataset
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.datasets.synthfaces_adapter import list_synthfaces
from bauta.detect.mtcnn import Mtcnn
from bauta.detect.run import detect_dataset
from bauta.images import read_image
from bauta.manifest import write_manifest
from bauta.recognize.dlib_resnet import DlibResnet
from bauta.recognize.run import embed_store
from bauta.store import Store

REPEATS = 2
CONTRACT = CropContract()


@dataclass(frozen=True)
class Pair:
    """A stage and the bare loop that it is compared with."""

    name: str
    stage: Callable[[], object]
    bare: Callable[[], object]
    items: int


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(pair: Pair) -> str:
    times = [(seconds(pair.stage), seconds(pair.bare)) for _ in range(REPEATS)]
    stage, bare = (statistics.median(column) for column in zip(*times, strict=True))
    return f"{pair.name:<28}{pair.items / stage:>12.1f}{pair.items / bare:>12.1f}{bare / stage:>10.2f}"


def stages(folder: Path) -> list[Pair]:
    data = folder / "data"
    render_dataset(data, subjects=6, images_per_subject=8, seed=1)
    manifest = write_manifest(list_synthfaces(data), data, folder / "manifest.parquet")
    images = [read_image(data / path) for path in manifest["path"].to_pylist()]
    detector, recognizer = Mtcnn(), DlibResnet(CONTRACT)
    alignment = align_detections(detect_dataset(manifest, data, detector), CONTRACT)
    pq.write_table(alignment, folder / "alignment.parquet")
    crop_dataset(manifest, alignment, data, CONTRACT, folder / "crops.zarr")
    crops = Store.open(folder / "crops.zarr")
    pixels = crops.read("images")
    np.save(folder / "crops.npy", pixels)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((4000, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    subjects = np.array([f"s{row // 4}" for row in range(len(vectors))])
    roles = np.array(["enrol", "probe"] * (len(vectors) // 2))
    labels = FaceLabels([str(row) for row in range(len(vectors))], subjects, roles)
    faces = Embeddings(vectors, np.ones(len(vectors), dtype=bool))
    clusters = cluster_subjects(labels)
    enrol, probe = vectors[labels.enrol], vectors[labels.probe]
    return [
        Pair(
            "detect (images/s)",
            lambda: detect_dataset(manifest, data, detector),
            lambda: [detector.detect(image) for image in images],
            len(images),
        ),
        Pair(
            "embed (faces/s)",
            lambda: embed_store(crops, recognizer, folder / "embeddings.zarr"),
            lambda: recognizer.embed(pixels),
            len(pixels),
        ),
        Pair(
            "read crops (faces/s)",
            lambda: [rows.sum() for _, rows in crops.batches("images", 32)],
            lambda: [
                np.load(folder / "crops.npy", mmap_mode="r")[start : start + 32].sum()
                for start in range(0, len(pixels), 32)
            ],
            len(pixels),
        ),
        Pair(
            "verify all pairs (pairs/s)",
            lambda: pair_histograms(faces, faces, labels, clusters),
            lambda: np.bincount(((probe @ enrol.T).ravel() * 1e4 + 1e4).astype(np.int32), minlength=20001),
            len(enrol) * len(probe),
        ),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        render_dataset(Path(folder) / "warm", subjects=1, images_per_subject=2, seed=0)
        start = time.perf_counter()
        render_dataset(Path(folder) / "timed", subjects=2, images_per_subject=8, seed=0)
        rendered = (time.perf_counter() - start) / 16
        pairs = stages(Path(folder))
        print(f"{'stage':<28}{'stage':>12}{'bare loop':>12}{'ratio':>10}")
        for pair in pairs:
            print(report(pair), flush=True)
        print(f"render: {rendered:.3f} s an image on one core")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
