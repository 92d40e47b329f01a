"""Every stage once, on made-up images, each reading what those before it wrote: what `scale.py` measures."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from made_up import (
    Bands,
    CentralFace,
    ProjectedExpressions,
    ProjectedFeatures,
    Projections,
    SamePoints,
    mean_difference,
)

from bauta.alignment.align import align_detections
from bauta.alignment.crop import crop_dataset
from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.settings import SETTINGS, Setting
from bauta.attack.linking import output_digests
from bauta.attack.read import Scored, labels_of, read_embeddings, read_pixels
from bauta.attack.run import measure_attack, measure_clear
from bauta.attack.run_adaptive import measure_adaptive
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import read_releases
from bauta.attack.views import VIEWS
from bauta.attack.views.run import AttackedStores, look
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import read_manifest, write_manifest
from bauta.datasets.people import background, choosing, people_of
from bauta.datasets.splits import write_split
from bauta.detect.run import detect_dataset
from bauta.drawing.contact import contact_sheet
from bauta.express.measure import measure_expression
from bauta.express.read import read_posteriors
from bauta.express.run import predict_store
from bauta.frontier.assemble import build_frontier
from bauta.io.tables import ALIGNMENT, DETECTIONS, read_table, write_table
from bauta.landmarks.run import locate_store
from bauta.metrics.coverage import measure_coverage
from bauta.metrics.realism import measure_realism, pair_metrics
from bauta.models.store import ModelStore
from bauta.parse.run import parse_store
from bauta.recognize.run import embed_store
from bauta.store import Store

ATTACKED = "blur"
"""The anonymized set that everything after `anonymize` measures."""

BACKENDS: Mapping[str, Mapping[str, object]] = {
    "identity": {},
    "blackout": {},
    "pixelate": {"block": 16},
    "ksame": {"k": 5},
    "ksame_select": {"k": 5, "labels": "true"},
    ATTACKED: {"kernel": 51},
}

ATTACKED_THROUGH = ("as_is", "pixels", "restored")
BACKGROUND = 2000


@dataclass(frozen=True)
class Run:
    """A folder with the images, and in it what the stages write.

    Attributes:
        folder: Where everything is.
        side: Side of the crops in pixels.
    """

    folder: Path
    side: int

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @property
    def contract(self) -> CropContract:
        return CropContract(size=self.side)

    def path(self, name: str) -> Path:
        return self.folder / name

    def store(self, name: str) -> Store:
        return Store.open(self.folder / f"{name}.zarr")

    def faces(self) -> FaceTable:
        return FaceTable.load(self.path("alignment"), self.path("split")).partition("test")

    def scored(self) -> Scored:
        return Scored.load(self.path("alignment"), self.path("split"))


WHERE = {"dataset": "made_up", "seed": 0}
SET = {**WHERE, "backend": ATTACKED, "setting": "kernel=51"}


def _setting(backend: str) -> Setting:
    return SETTINGS[backend](**BACKENDS[backend])


def index(run: Run) -> None:
    options = {"labels": "labels.csv", "limit": None}
    listing = list_dataset(run.images, run.images, adapter="folder", options=options)
    write_manifest(listing, run.images, run.path("manifest"))


def split(run: Run) -> None:
    write_split(run.path("manifest"), run.path("split"), train=0.1, dev=0.1, enrol=0.5, seed=0)


def detect(run: Run) -> None:
    found = detect_dataset(read_manifest(run.path("manifest")), run.images, CentralFace())
    write_table(found, run.path("detections"), DETECTIONS)


def align(run: Run) -> None:
    aligned = align_detections(read_table(run.path("detections"), DETECTIONS), run.contract)
    write_table(aligned, run.path("alignment"), ALIGNMENT)


def crop(run: Run) -> None:
    alignment = read_table(run.path("alignment"), ALIGNMENT)
    manifest = read_manifest(run.path("manifest"))
    crop_dataset(manifest, alignment, run.images, run.contract, run.path("crops.zarr"))


def landmarks(run: Run) -> None:
    locate_store(run.store("crops"), SamePoints(run.contract), run.path("landmarks.zarr"))


def parse(run: Run) -> None:
    parse_store(run.store("crops"), run.store("landmarks"), Bands(), run.path("parsing.zarr"))
    shutil.rmtree(run.path("parsing.zarr"))


def anonymize(run: Run, backend: str) -> None:
    anonymizer = ANONYMIZERS.load(backend)(_setting(backend), run.contract)
    out = run.path("anonymized.zarr")
    anonymize_store(
        run.store("crops"), run.store("landmarks"), None, run.faces(), anonymizer, out=out, seed=0
    )
    if backend != ATTACKED:
        shutil.rmtree(out)


def embed(run: Run, images: str) -> None:
    embed_store(run.store(images), Projections(), run.path(f"vectors-{images}.zarr"), ids=None)


def express(run: Run, images: str) -> None:
    attributes = {"teacher_sha256": ""}
    out = run.path(f"posteriors-{images}.zarr")
    predict_store(run.store(images), ProjectedExpressions(), out, attributes=attributes)


def attack_clear(run: Run) -> None:
    scored = run.scored()
    clear = read_embeddings(run.path("vectors-crops.zarr"), scored.faces.face_ids)
    dev = scored.dev(run.path("vectors-crops.zarr"))
    measured = measure_clear(clear, scored.labels, **WHERE, model="projections", dev=dev)
    measured.write(run.path("attack-clear.json"))


def attack(run: Run) -> None:
    scored = run.scored()
    clear, anonymized = (
        read_embeddings(run.path(f"vectors-{name}.zarr"), scored.faces.face_ids)
        for name in ("crops", "anonymized")
    )
    dev = scored.dev(run.path("vectors-crops.zarr"))
    measured = measure_attack(clear, anonymized, scored.labels, **SET, model="projections", dev=dev)
    measured.write(run.path("attack.json"))


def adapt(run: Run) -> None:
    scored = run.scored()
    ids = scored.faces.face_ids
    measured = measure_adaptive(
        *(read_embeddings(run.path(f"vectors-{name}.zarr"), ids) for name in ("crops", "anonymized")),
        scored.labels,
        *(read_pixels(run.path(f"{name}.zarr"), ids) for name in ("crops", "anonymized")),
        **SET,
        model="projections",
    )
    measured.write(run.path("adapt.json"))


def view(run: Run, name: str) -> None:
    recognizer, backend = Projections(), ANONYMIZERS.load(ATTACKED)(_setting(ATTACKED), run.contract)
    whole = FaceTable.load(run.path("alignment"), run.path("split"))
    own = run.path("own.zarr")
    if not own.exists():
        people = people_of(whole, BACKGROUND, seed=0)
        crops, landmarks = run.store("crops"), run.store("landmarks")
        anonymize_store(crops, landmarks, None, people, backend, out=own, seed=0)
    crops, landmarks, originals = run.store("crops"), run.store("landmarks"), run.store("vectors-crops")
    attacked = run.store("anonymized"), originals, run.store("vectors-anonymized")
    stores = AttackedStores(crops, landmarks, *attacked, Store.open(own), originals, crops, landmarks)
    how = {"background": BACKGROUND, "reuse": name == "as_is", "jpeg": None, "seed": 0}
    out = run.path(f"view-{name}.zarr")
    look(VIEWS.load(name), whole, whole, stores, out, backend=backend, recognizer=recognizer, **how)


def suite(run: Run) -> None:
    whole, scored = FaceTable.load(run.path("alignment"), run.path("split")), run.scored()
    listed = [{"view": name, "recognizer": "projections", "jpeg": None} for name in ATTACKED_THROUGH]
    paths = [run.path(f"view-{name}.zarr") for name in ATTACKED_THROUGH]
    own = background(whole, BACKGROUND, seed=0)
    seen, chosen = read_releases(listed, paths, own, choosing(whole), scored.faces)
    digests = output_digests(run.store("anonymized"), scored.faces.face_ids)
    protocols = ("naive", "reverse", "parrot")
    measured = measure_suite(seen, labels_of(chosen), scored.labels, digests, **SET, protocols=protocols)
    measured.write(run.path("suite.json"))


def expression(run: Run) -> None:
    faces = run.faces()
    clear, anonymized = (
        read_posteriors(run.path(f"posteriors-{name}.zarr"), faces.face_ids)
        for name in ("crops", "anonymized")
    )
    measured = measure_expression(
        clear, anonymized, faces.expressions, faces.subjects, **SET, model="projections"
    )
    measured.write(run.path("expression.json"))


def realism(run: Run) -> None:
    pairwise = pair_metrics(["ssim", "psnr"], ModelStore.default()) | {"lpips": mean_difference}
    measured = measure_realism(
        run.store("crops"),
        run.store("anonymized"),
        run.faces().subjects,
        pairwise=pairwise,
        fid_network=ProjectedFeatures(),
        **SET,
    )
    measured.write(run.path("realism.json"))


def coverage(run: Run) -> None:
    measured = measure_coverage(run.store("anonymized"), run.faces(), CentralFace(), **SET)
    measured.write(run.path("coverage.json"))


def sheet(run: Run) -> None:
    faces = run.faces().showcase()
    sets = {ATTACKED: run.path("anonymized.zarr")}
    contact_sheet(run.path("crops.zarr"), sets, faces.face_ids, run.path("sheet.png"), title="Faces")


def frontier(run: Run) -> None:
    config = {"attacks": {"protocols": ["naive", "reverse", "parrot"], "adaptive": {"enabled": True}}}
    measured = sorted(run.folder.glob("*.json"))
    build_frontier(
        measured,
        config,
        table=run.path("frontier.csv"),
        attacks=run.path("attacks.csv"),
        soft=run.path("soft.csv"),
        teachers=run.path("teachers.csv"),
        significance=run.path("significance.csv"),
        training=run.path("training.csv"),
        metrics=run.path("metrics"),
    )


STAGES: Mapping[str, Callable[[Run], None]] = {
    "index": index,
    "split": split,
    "detect": detect,
    "align": align,
    "crop": crop,
    "landmarks": landmarks,
    "parse": parse,
    **{f"anonymize {backend}": partial(anonymize, backend=backend) for backend in BACKENDS},
    "embed originals": partial(embed, images="crops"),
    "embed anonymized": partial(embed, images="anonymized"),
    "express originals": partial(express, images="crops"),
    "express anonymized": partial(express, images="anonymized"),
    "attack originals": attack_clear,
    "attack anonymized": attack,
    "adapt": adapt,
    **{f"view {name}": partial(view, name=name) for name in ATTACKED_THROUGH},
    "attack suite": suite,
    "expression": expression,
    "realism": realism,
    "coverage": coverage,
    "contact sheet": sheet,
    "frontier": frontier,
}
"""In the order in which they read each other."""
