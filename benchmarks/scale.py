"""Memory and time for many images: `make bench-scale`; docs/scale.md has the figures.

Three tables: the memory of every stage for 1,000, 10,000 and 100,000 images; identification and verification
of 200,000 images; k-Same on 30,000 images of 10,000 people. The attack suite alone, on made-up views, has a
command of its own. Each piece of work has a process of its own. Its
memory is the peak above what the process held before, its modules loaded. Ratios are of processor times in
the same process, since other work on the machine changes the wall time. Linux only.
"""

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from made_up import attacked_faces, unit_vectors, write_images, write_views
from scale_stages import BACKGROUND, STAGES, Run

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.settings import SETTINGS
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import TILE_ROWS
from bauta.attack.read import labels_of
from bauta.attack.run import measure_clear
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import read_releases
from bauta.contract import CropContract
from bauta.datasets.people import background, choosing
from bauta.store import ArraySpec, Store, StoreWriter

MIB = 2**20


def memory(line: str) -> int:
    """Bytes that Linux tells of this process: VmRSS now, VmHWM at its peak."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(text.split()[1]) * 1024 for text in status if text.startswith(line))


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Processor seconds, wall seconds and MiB of a piece of work above what the process held before."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from now
    before, wall, processor = memory("VmRSS"), time.perf_counter(), time.process_time()
    work()
    return {
        "processor": time.process_time() - processor,
        "wall": time.perf_counter() - wall,
        "peak": (memory("VmHWM") - before) / MIB,
        "process": memory("VmHWM") / MIB,
    }


def in_own_process(work: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Run a measurement in a process that starts with the loaded modules and ends with it."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=lambda: there.send(work()))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        sys.exit("the measurement failed: see the traceback above")
    finally:
        process.join()


def stages_table(counts: list[int], side: int, scratch: Path) -> None:
    """Peak memory of every stage for each number of images."""
    peaks: dict[str, list[dict[str, float]]] = {name: [] for name in STAGES}
    for count in counts:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        try:
            write_images(folder / "images", count)
            for name in STAGES:
                peaks[name].append(in_own_process(partial(stage, name, Run(folder, side))))
                print(f"# {count} {name}: {peaks[name][-1]}", file=sys.stderr, flush=True)
        finally:
            shutil.rmtree(folder)
    print(f"peak memory in MiB above the loaded modules; crops of {side}×{side} pixels")
    print(f"{'stage':<24}" + "".join(f"{count:>12,}" for count in counts) + f"{'bytes an image':>18}")
    for name, found in peaks.items():
        growth = (found[-1]["peak"] - found[0]["peak"]) * MIB / max(1, counts[-1] - counts[0])
        print(f"{name:<24}" + "".join(f"{one['peak']:>12.0f}" for one in found) + f"{growth:>18.0f}")


def stage(name: str, run: Run) -> dict[str, float]:
    return measured(partial(STAGES[name], run))


def attack(images: int, dimensions: int) -> dict[str, float]:
    """The clear baseline of that many images: each score is computed twice, once for the threshold."""
    vectors = unit_vectors(images, dimensions)
    subjects = np.array([f"person{row // 10:06d}" for row in range(images)])
    labels = AttackLabels(range(images), subjects, np.array(["enrol", "probe"] * (images // 2)))
    faces = Embeddings(vectors, np.ones(images, dtype=bool))
    found = measured(lambda: measure_clear(faces, labels, dataset="d", model="m", seed=0))
    enrolled, probes = vectors[labels.enrol], vectors[labels.probe]
    people = np.unique(subjects)
    templates = np.ascontiguousarray(enrolled[: len(people)], dtype=np.float64)
    start = time.process_time()
    for first in range(0, len(probes), TILE_ROWS):
        tile = probes[first : first + TILE_ROWS]
        for _ in range(2):
            for column in range(0, len(enrolled), 1024):
                tile @ enrolled[column : column + 1024].T
        tile.astype(np.float64) @ templates.T
    return found | {"bare": time.process_time() - start, "scores": 2 * len(enrolled) * len(probes)}


def ksame(backend: str, images: int, people: int, k: int, folder: Path) -> dict[str, float]:
    """One k-Same job with its verifier, on stores of smooth noise."""
    rng = np.random.default_rng(0)
    contract = CropContract()
    ids = [str(row) for row in range(images)]
    specs = {
        "images": ArraySpec((contract.size, contract.size, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
    }
    with StoreWriter(folder / "crops.zarr", specs, ids) as writer:
        for start in range(0, images, 64):
            count = min(64, images - start)
            coarse = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
            faces = coarse.repeat(8, axis=1).repeat(8, axis=2)
            writer.append(images=faces, status=np.zeros(count, dtype=np.uint8))
    labels = SimpleNamespace(
        face_ids=ids,
        subjects=[f"person{row * people // images:06d}" for row in range(images)],
        expressions=[("happy", "sad", "neutral")[row % 3] for row in range(images)],
    )
    options = {"labels": "true"} if backend == "ksame_select" else {}
    anonymizer = ANONYMIZERS.load(backend)(SETTINGS[backend](k=k, **options), contract)
    crops = Store.open(folder / "crops.zarr")
    return measured(
        lambda: anonymize_store(crops, None, None, labels, anonymizer, out=folder / "out.zarr", seed=0)
    )


def suite(images: int, folder: Path) -> dict[str, float]:
    """The attack suite on three views of that many made-up faces."""
    faces = attacked_faces(images)
    people = background(faces, BACKGROUND, seed=0), choosing(faces)
    scored = faces.partition("test")

    def work() -> None:
        listed = [{"view": path.stem, "recognizer": "made_up", "jpeg": None} for path in stores]
        seen, chosen = read_releases(listed, stores, *people, scored)
        measure_suite(
            seen,
            labels_of(chosen),
            labels_of(scored),
            [str(row).encode() for row in range(len(scored))],
            dataset="made_up",
            backend="made_up",
            setting="",
            protocols=("naive", "reverse", "parrot"),
            seed=0,
        )

    stores = sorted(folder.glob("*.zarr"))
    return measured(work)


def suite_table(counts: list[int], scratch: Path) -> None:
    """Peak memory and time of the attack suite for each number of faces."""
    print(f"{'faces':<12}{'MiB':>12}{'bytes a face':>16}{'processor s':>14}{'wall s':>12}")
    before: tuple[int, float] | None = None
    for count in counts:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        try:
            write_views(folder, attacked_faces(count).face_ids)
            found = in_own_process(partial(suite, count, folder))
        finally:
            shutil.rmtree(folder)
        growth = "" if before is None else f"{(found['peak'] - before[1]) * MIB / (count - before[0]):.0f}"
        print(
            f"{count:<12,}{found['peak']:>12.0f}{growth:>16}{found['processor']:>14.0f}{found['wall']:>12.0f}",
            flush=True,
        )
        before = count, found["peak"]


def attack_table(images: int) -> None:
    found = in_own_process(partial(attack, images, 512))
    print(
        f"\nidentification, verification and threshold of {images:,} images of 512 dimensions, "
        f"{found['scores']:.2g} scores:\n"
        f"{found['processor']:.0f} s of processor time, {found['bare']:.0f} s for the bare matrix products, "
        f"ratio {found['bare'] / found['processor']:.2f}; "
        f"{found['wall']:.0f} s of wall time; {found['process']:.0f} MiB in all"
    )


def ksame_table(images: int, people: int, scratch: Path) -> None:
    print(f"\nk-Same on {images:,} images of {people:,} people, crops of 256×256 pixels")
    print(f"{'':<24}{'processor s':>12}{'wall s':>12}{'MiB in all':>12}")
    for backend, k in (("ksame", 2), ("ksame", 10), ("ksame_select", 5)):
        folder = Path(tempfile.mkdtemp(dir=scratch))
        try:
            found = in_own_process(partial(ksame, backend, images, people, k, folder))
        finally:
            shutil.rmtree(folder)
        seconds = f"{found['processor']:>12.0f}{found['wall']:>12.0f}"
        print(f"{f'{backend} k={k}':<24}{seconds}{found['process']:>12.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    stages = commands.add_parser("stages", help="memory of every stage")
    stages.add_argument("--images", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    stages.add_argument("--side", type=int, default=256, help="of the crops, in pixels")
    stages.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    attacked = commands.add_parser("attack", help="identification and verification")
    attacked.add_argument("--images", type=int, default=200_000)
    suites = commands.add_parser("suite", help="the attack suite alone, on made-up views")
    suites.add_argument("--images", type=int, nargs="+", default=[1_000, 10_000])
    suites.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    averaged = commands.add_parser("ksame", help="k-Same")
    averaged.add_argument("--images", type=int, default=30_000)
    averaged.add_argument("--people", type=int, default=10_000)
    averaged.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    if options.command == "stages":
        stages_table(options.images, options.side, options.scratch)
    elif options.command == "suite":
        suite_table(options.images, options.scratch)
    elif options.command == "attack":
        attack_table(options.images)
    else:
        ksame_table(options.images, options.people, options.scratch)


if __name__ == "__main__":
    main()
