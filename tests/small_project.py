"""A project with every kind of artifact that runs leave, small enough to be damaged ten thousand times.

Everything is written by the functions that write it in a run, with the paths of one; only the numbers are
made up. It lies in the working directory.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from network_cards import QUALITY
from PIL import Image

from bauta.alignment.crop import crop_dataset
from bauta.anonymize.generator_card import WEIGHTS as GENERATOR_WEIGHTS
from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.lineage import sources
from bauta.contract import CropContract
from bauta.datasets import ImageRecord, Listing
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import read_manifest, write_manifest
from bauta.datasets.splits import write_split
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.express.card import WEIGHTS, TeacherCard, file_sha256, write_card
from bauta.express.view import TeacherView
from bauta.frontier.result import Frontier
from bauta.io.atomic import write_bytes, write_text
from bauta.io.fingerprint import folder_fingerprint
from bauta.io.seal import write_sealed
from bauta.io.stamps import stamping
from bauta.io.tables import ALIGNMENT, DETECTIONS, read_table, write_table
from bauta.keys.key import write_key
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value
from bauta.store import ArraySpec, StoreWriter

DATA = Path("data/faces-00000001")
UNPACKED = Path("cache/unpacked/index-00000012")
INDEX = Path("cache/faces/index-00000002")
CROP = Path("cache/faces/mtcnn-00000003")
RESULTS = Path("results/small")
MEASUREMENTS = RESULTS / "measurements/faces"
SIZE = 16
CARD = {"seed": 0, "recipe": {}, "skipped": 0, "data_sha256": "", "device": "", "threads": 1, "versions": {}}


def make_small_project():
    render_dataset(DATA, subjects=2, images_per_subject=2, seed=0)
    write_key(DATA / "key.json", {"stage": "render"})
    _tables()
    _unpacked()
    _stores()
    _networks()
    _results()
    _others()


def _tables():
    listing = list_dataset(DATA, DATA, adapter="synthfaces", options={})
    manifest = INDEX / "manifest.parquet"
    write_manifest(listing, DATA, manifest, made_from=sources([DATA / "truth.parquet"]))
    options = {"train": 0.5, "dev": 0.0, "enrol": 0.5, "seed": 0}
    write_split(manifest, INDEX / "split-00000004.parquet", sources([manifest]), **options)
    ids = [{"face_id": name, "image_id": name} for name in read_manifest(manifest)["image_id"].to_pylist()]
    found = pa.Table.from_pylist(
        [{**face, "face_index": 0, "score": 0.9, "status": "ok"} for face in ids], schema=DETECTIONS
    )
    write_table(found, CROP / "detections.parquet", DETECTIONS, sources([manifest]))
    matrix = [0.06, 0.0, 0.0, 0.0, 0.06, 0.0]
    aligned = pa.Table.from_pylist(
        [{**face, "matrix": matrix, "inter_ocular": 5.0, "status": "ok"} for face in ids], schema=ALIGNMENT
    )
    write_table(aligned, CROP / "alignment.parquet", ALIGNMENT, sources([CROP / "detections.parquet"]))
    (INDEX / "images").mkdir()
    (INDEX / "images/.snakemake_timestamp").touch()
    for path in (INDEX / "key.json", INDEX / "split-00000004.key.json", CROP / "key.json"):
        write_key(path, {"stage": path.name})


def _unpacked():
    """A dataset that comes as a table: `index` writes its images."""
    for name in ("0.png", "1.png"):
        content = Image.fromarray(np.full((8, 8, 3), ord(name[0]), dtype=np.uint8))
        (UNPACKED / "images").mkdir(parents=True, exist_ok=True)
        content.save(UNPACKED / "images" / name)
    listing = Listing(tuple(ImageRecord(image_id=name[0], path=name) for name in ("0.png", "1.png")))
    write_manifest(listing, UNPACKED / "images", UNPACKED / "manifest.parquet")


def _stores():
    manifest, alignment = INDEX / "manifest.parquet", CROP / "alignment.parquet"
    crop_dataset(
        read_manifest(manifest),
        read_table(alignment, ALIGNMENT),
        DATA,
        CropContract(size=SIZE, margin=0.4),
        CROP / "crops.zarr",
        sources=sources([manifest, alignment]),
    )
    images = {"images": ArraySpec((SIZE, SIZE, 3), "uint8"), "status": ArraySpec((), "uint8")}
    vectors = {"vectors": ArraySpec((8,), "float32"), "status": ArraySpec((), "uint8")}
    crops = CROP / "crops.zarr"
    write_store(CROP / "landmarks-dlib68-00000005.zarr", {"points": ArraySpec((68, 2), "float32")}, crops)
    for number, setting in enumerate(("blur/kernel=11-00000006", "blur/kernel=31-00000007")):
        anonymized = CROP / f"anonymized/{setting}.zarr"
        write_store(anonymized, images, crops, seed=number)
        for recognizer in ("a-00000008", "b-00000009"):
            write_store(CROP / f"embeddings/{recognizer}/{setting}.zarr", vectors, anonymized, seed=number)
    write_store(CROP / "embeddings/a-00000008/original.zarr", vectors, crops)


def write_store(path, specs, *read, seed=0):
    """A store of random rows that is made from others."""
    numbers = np.random.default_rng(seed)
    with StoreWriter(path, specs, ["a", "b", "c"], sources=sources(read)) as writer:
        writer.append(
            **{
                name: (
                    numbers.integers(0, 256, (3, *spec.shape), dtype=np.uint8)
                    if spec.dtype == "uint8"
                    else numbers.random((3, *spec.shape), dtype=np.float32)
                )
                for name, spec in specs.items()
            }
        )
    if path.with_suffix("").name != "original":
        write_key(path.with_suffix(".key.json"), {"stage": path.stem})


def _networks():
    crops = CROP / "crops.zarr"
    for folder in (CROP / "teachers/resnet18-0000000a", Path("cache/teachers/resnet18-0000000b")):
        write_bytes(folder / WEIGHTS, str(folder).encode() * 9)
        counts = dict.fromkeys(EXPRESSIONS, 3)
        teacher = TeacherCard(
            **CARD,
            architecture="resnet18",
            crop_size=SIZE,
            crop_margin=0.4,
            view=TeacherView(size=32),
            classes=EXPRESSIONS,
            temperature=1.7,
            weights_sha256=file_sha256(folder / WEIGHTS),
            train_counts=counts,
            dev_counts=counts,
            quality=QUALITY,
        )
        write_card(teacher, folder, made_from=sources([crops]))
    for folder in (CROP / "generators/default-0000000c", CROP / "generators/default-0000000d"):
        for name in (GENERATOR_WEIGHTS, "curves.png"):
            write_bytes(folder / name, f"{folder}{name}".encode() * 9)
        generator = GeneratorCard(
            **CARD,
            size=SIZE,
            crop_margin=0.4,
            inputs=("landmarks",),
            weights_sha256=file_sha256(folder / GENERATOR_WEIGHTS),
            pictures={"curves.png": file_sha256(folder / "curves.png")},
            trained_on=(),
            subjects=(),
            models={},
            kappa=0.5,
            matched=0.5,
            stopped_at=1,
            curve=(),
        )
        write_card(generator, folder, made_from=sources([crops]))


def _results():
    settings = {"kernel=11": "00000006", "kernel=31": "00000007"}
    for number, (setting, digest) in enumerate(settings.items()):
        Measurement(
            kind="attack",
            dataset="faces",
            backend="blur",
            setting=setting,
            model="a",
            values={"naive_top1": Value(value=0.75 - number / 4, low=0.5, high=0.875, n=8)},
            curves={"naive": {"genuine": [1, 2, 3]}},
            provenance={"seed": 0},
        ).write(
            measurement(setting),
            sources([CROP / f"embeddings/a-00000008/blur/{setting}-{digest}.zarr"]),
        )
    with stamping(RESULTS / ".made/frontier/0000000e", [RESULTS / "frontier.csv", RESULTS / "scores.json"]):
        measured = [measurement(setting) for setting in settings]
        Frontier(
            run="small",
            privacy_axis="worst_top1",
            utility_axis="relative_macro_f1",
            controls=(),
            datasets=(),
            provenance={"seed": 0},
        ).write(RESULTS / "metrics.json", sources(measured))
        write_text(RESULTS / "frontier.csv", "dataset,backend,setting\nfaces,blur,kernel=11\n")
        write_text(RESULTS / "scores.json", '{"faces": {"blur kernel=11": {"privacy": 0.25}}}\n')


def measurement(setting):
    """Where the measurement of a setting lies."""
    digest = {"kernel=11": "00000006", "kernel=31": "00000007"}[setting]
    return MEASUREMENTS / f"attack-0000000f/a-00000008/blur/{setting}-{digest}.json"


def _others():
    folder_fingerprint(DATA / "images", Path("cache/fingerprints/images-00000010"))
    record = {"model": "mtcnn", "file": "mtcnn.pt", "sha256": "0" * 64, "bytes": 9, "licence": "MIT"}
    write_sealed("cache/models/mtcnn.json", record, content=record["sha256"])
