"""Speed of bauta's stages, each as a ratio to the bare loop over the same work in the same run: `make bench`.

Models that are not in packages are measured where `BAUTA_MODELS` has their files. The bare loop gives a
network the inputs that the stage gives it, in the same batches, with nothing around.
Absolute times on a shared machine say little; a ratio of 1 means that a stage costs nothing beyond the model
or the arithmetic that it is there for. Each pair is run alternately and the medians are compared: the time of
the clock, in which what overlaps counts once, and the processor's time of all threads, which a busy machine
lengthens less. `bench.py WORD…` measures only the pairs whose names contain one of the words.
"""

import hashlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dlib
import numpy as np
import pyarrow as pa
from generators import generator_loops
from onnxruntime import InferenceSession

from bauta.alignment.align import align_detections
from bauta.alignment.crop import crop_dataset
from bauta.anonymize.open import open_anonymizer
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import cluster_subjects, pair_histograms
from bauta.contract import CropContract, Status
from bauta.datasets.manifest import write_manifest
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.datasets.synthfaces_adapter import list_synthfaces
from bauta.detect import DETECTORS
from bauta.detect.run import detect_dataset
from bauta.express import TEACHERS
from bauta.express.run import predict_store
from bauta.io.images import read_image
from bauta.labels import EXPRESSIONS
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.run import locate_store
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch
from bauta.recognize import RECOGNIZERS
from bauta.recognize.dlib_resnet import DlibChip, DlibResnet
from bauta.recognize.run import embed_store
from bauta.registry import Registry
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.codec import encode

REPEATS = 3
CONTRACT = CropContract()
COPIES = 6
"""How many times the crops are in the store of the stages that read and write stores, whose opening and
publishing take as long for a few crops as for many."""


@dataclass(frozen=True)
class Pair:
    """A stage and the bare loop that it is compared with."""

    name: str
    stage: Callable[[], object]
    bare: Callable[[], object]
    items: int


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Time of the clock and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def report(pair: Pair) -> str:
    times = [(*seconds(pair.stage), *seconds(pair.bare)) for _ in range(REPEATS)]
    stage, used, bare, bare_used = (statistics.median(column) for column in zip(*times, strict=True))
    return (
        f"{pair.name:<44}{pair.items / stage:>12.1f}{pair.items / bare:>12.1f}{bare / stage:>10.2f}"
        f"{bare_used / used:>12.2f}"
    )


class Recorded:
    """Stands in for a network and keeps what it is given, to give it the same again with nothing around."""

    def __init__(self, network: Any, method: str) -> None:
        self._network, self._method = network, method
        self.calls: list[tuple[tuple, dict]] = []

    def __getattr__(self, name: str) -> Any:
        return self._record if name == self._method else getattr(self._network, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._record(*args, **kwargs)

    def _record(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        return getattr(self._network, self._method)(*args, **kwargs)

    def again(self) -> None:
        call = getattr(self._network, self._method)
        for args, kwargs in self.calls:
            call(*args, **kwargs)


NETWORKS = {
    "dlib68": ("_predictor", "__call__"),
    "mediapipe478": ("_landmarker", "detect"),
}
"""Where an implementation keeps its network, and what it calls of it; the others have ONNX sessions."""


def bare_loop(implementation: Any, name: str, run: Callable[[], object]) -> Callable[[], object]:
    """A loop over the networks of an implementation with the inputs that they get while `run` runs."""
    if name not in NETWORKS:
        return bare_sessions(run)
    attribute, method = NETWORKS[name]
    network = getattr(implementation, attribute)
    recorded = Recorded(network, method)
    setattr(implementation, attribute, recorded)
    run()
    setattr(implementation, attribute, network)
    return recorded.again


def bare_sessions(run: Callable[[], object]) -> Callable[[], object]:
    """A loop over the calls of ONNX Runtime that `run` makes."""
    calls: list[tuple[InferenceSession, tuple]] = []
    compute = InferenceSession.run

    def record(session: InferenceSession, *args: Any) -> Any:
        calls.append((session, args))
        return compute(session, *args)

    with patch.object(InferenceSession, "run", record):
        run()
    return lambda: [compute(session, *args) for session, args in calls]


def available(models: ModelStore, registry: Registry, *names: str) -> list[str]:
    """The implementations whose files are on this machine."""
    return [name for name in names if all(models.find(file) for file in registry[name].files)]


def model_pairs(folder: Path, manifest: pa.Table, data: Path, models: ModelStore) -> Iterator[Pair]:
    """Detection, embedding, landmarks and posteriors, each with and without reading and writing files."""
    images = [read_image(data / path) for path in manifest["path"].to_pylist()]
    pixels = Store.open(folder / "crops.zarr").read("images")
    crops = Store.open(many_crops(folder / "many.zarr", pixels))
    for name in available(models, DETECTORS, "mtcnn", "scrfd_500m"):
        detector = DETECTORS.load(name)(models)
        decoded = partial(lambda found: [found.detect(image) for image in images], detector)
        bare = bare_loop(detector, name, decoded)
        yield Pair(f"detect {name}", decoded, bare, len(images))
        yield Pair(
            f"detect {name}, from files", partial(detect_dataset, manifest, data, detector), bare, len(images)
        )
    for name in available(models, RECOGNIZERS, "dlib_resnet", "mobilefacenet"):
        recognizer = RECOGNIZERS.load(name)(CONTRACT, models)
        bare = bare_loop(recognizer, name, partial(recognizer.embed, pixels))
        stage = partial(embed_store, crops, recognizer, folder / f"embeddings-{name}.zarr")
        yield Pair(f"embed {name}", partial(recognizer.embed, pixels), bare, len(pixels))
        yield Pair(f"embed {name}, store to store", stage, times(COPIES, bare), len(crops))
    yield dlib_pair(pixels, models)
    for name in available(models, LANDMARKERS, "dlib68", "mediapipe478"):
        landmarker = LANDMARKERS.load(name)(CONTRACT, models)
        bare = bare_loop(landmarker, name, partial(landmarker.locate, pixels))
        stage = partial(locate_store, crops, landmarker, folder / f"landmarks-{name}.zarr")
        yield Pair(f"landmarks {name}", partial(landmarker.locate, pixels), bare, len(pixels))
        yield Pair(f"landmarks {name}, store to store", stage, times(COPIES, bare), len(crops))
    yield cgan_pair(pixels, models)
    for name in available(models, TEACHERS, "resnet18_fer2013", "ferplus"):
        teacher = TEACHERS.load(name)(CONTRACT, models)
        bare = bare_loop(teacher, name, partial(teacher.predict, pixels))
        stage = partial(predict_store, crops, teacher, folder / f"posteriors-{name}.zarr")
        yield Pair(f"posteriors {name}", partial(teacher.predict, pixels), bare, len(pixels))
        yield Pair(f"posteriors {name}, store to store", stage, times(COPIES, bare), len(crops))


def dlib_pair(pixels: np.ndarray, models: ModelStore) -> Pair:
    """The recognizer of dlib in ONNX Runtime, against dlib's own code with the same chips."""
    network = dlib.face_recognition_model_v1(str(models.path("dlib_face_resnet")))
    chips = list(DlibChip().render(pixels, CONTRACT))
    recognizer = DlibResnet(CONTRACT, models)
    return Pair(
        "embed dlib_resnet, against dlib itself",
        partial(recognizer.embed, pixels),
        partial(network.compute_face_descriptor, chips),
        len(pixels),
    )


def cgan_pair(pixels: np.ndarray, models: ModelStore) -> Pair:
    """bauta's generator, its drawings of nobody included, against its network alone in the same batches."""
    points = LANDMARKERS.load("dlib68")(CONTRACT, models).locate(pixels)
    posteriors = np.eye(len(EXPRESSIONS), dtype=np.float32)[np.arange(len(points)) % len(EXPRESSIONS)]
    faces = FaceBatch([str(row) for row in range(len(points))], landmarks=points, posteriors=posteriors)
    backend = open_anonymizer("cgan", {}, CONTRACT, models)
    stage = partial(backend.anonymize, faces, seed=0)
    return Pair("anonymize cgan", stage, bare_loop(backend, "cgan", stage), len(faces))


def many_crops(path: Path, pixels: np.ndarray) -> Path:
    """A store of the crops and of copies that are shifted, because equal crops are computed once."""
    shifted = np.concatenate([np.roll(pixels, shift, axis=2) for shift in range(COPIES)])
    specs = {"images": ArraySpec(pixels.shape[1:], "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(path, specs, [str(row) for row in range(len(shifted))]) as writer:
        writer.append(images=shifted, status=np.full(len(shifted), Status.OK.code, dtype=np.uint8))
    return path


def times(count: int, work: Callable[[], object]) -> Callable[[], object]:
    return lambda: [work() for _ in range(count)]


def write_store(path: Path, pixels: np.ndarray) -> None:
    with StoreWriter(
        path, {"images": ArraySpec(pixels.shape[1:], "uint8")}, [str(row) for row in range(len(pixels))]
    ) as writer:
        for start in range(writer.resume(32), len(pixels), 32):
            writer.append(images=pixels[start : start + 32])


def write_bare(path: Path, pixels: np.ndarray) -> None:
    """Compressed and hashed as in a store."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, len(pixels), 4):
            content = encode(pixels[start : start + 4])
            digest.update(content)
            file.write(content)


def array_pairs(folder: Path) -> Iterator[Pair]:
    """Writing and reading crops, against files of the same bytes."""
    crops = Store.open(many_crops(folder / "read.zarr", Store.open(folder / "crops.zarr").read("images")))
    pixels = crops.read("images")
    np.save(folder / "crops.npy", pixels)
    yield Pair(
        "write crops",
        lambda: write_store(folder / "written.zarr", pixels),
        lambda: write_bare(folder / "written.bin", pixels),
        len(pixels),
    )
    yield Pair(
        "read crops",
        lambda: [rows.sum() for _, rows in crops.batches("images", 32)],
        lambda: [
            np.load(folder / "crops.npy", mmap_mode="r")[start : start + 32].sum()
            for start in range(0, len(pixels), 32)
        ],
        len(pixels),
    )


def verification_pair(count: int) -> Pair:
    """All pairs of faces, by cluster on both sides, against the products and a single histogram of them."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((count, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    subjects = np.array([f"s{row // 4}" for row in range(count)])
    roles = np.array(["enrol", "probe"] * (count // 2))
    labels = AttackLabels([str(row) for row in range(count)], subjects, roles)
    faces = Embeddings(vectors, np.ones(count, dtype=bool))
    clusters = cluster_subjects(labels)
    enrol, probe = vectors[labels.enrol], vectors[labels.probe]

    def bare() -> None:
        for start in range(0, len(probe), 2000):
            scores = (probe[start : start + 2000] @ enrol.T).ravel()
            np.bincount((scores * 1e4 + 1e4).astype(np.int32), minlength=20001)

    return Pair(
        f"verify all pairs of {count} faces",
        lambda: pair_histograms(faces, faces, labels, clusters),
        bare,
        len(enrol) * len(probe),
    )


def stages(folder: Path) -> Iterator[Pair]:
    data, models = folder / "data", ModelStore.default()
    render_dataset(data, subjects=6, images_per_subject=8, seed=1)
    manifest = write_manifest(list_synthfaces(data), data, folder / "manifest.parquet")
    alignment = align_detections(detect_dataset(manifest, data, DETECTORS.load("mtcnn")(models)), CONTRACT)
    crop_dataset(manifest, alignment, data, CONTRACT, folder / "crops.zarr")
    yield from model_pairs(folder, manifest, data, models)
    yield from array_pairs(folder)
    yield from (verification_pair(count) for count in (4000, 16_000))
    yield from (Pair(*loops) for loops in generator_loops(CONTRACT))


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        render_dataset(Path(folder) / "warm", subjects=1, images_per_subject=2, seed=0)
        start = time.perf_counter()
        render_dataset(Path(folder) / "timed", subjects=2, images_per_subject=8, seed=0)
        rendered = (time.perf_counter() - start) / 16
        print(f"{'items a second':<44}{'stage':>12}{'bare loop':>12}{'ratio':>10}{'processor':>12}")
        for pair in stages(Path(folder)):
            if not words or any(word in pair.name for word in words):
                print(report(pair), flush=True)
        print(f"render: {rendered:.3f} s an image on one core")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory: {peak:.0f} MiB")


if __name__ == "__main__":
    main(sys.argv[1:])
