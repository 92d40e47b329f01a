"""Every stage takes a batch of images at a time, whatever their number: the stages of benchmarks/scale.py."""

import tracemalloc
from functools import partial

import cv2
import numpy as np
import pytest
from made_up import CentralFace, write_images
from scale_stages import STAGES, Run

from bauta.alignment.align import align_detections
from bauta.alignment.crop import crop_dataset
from bauta.contract import CropContract
from bauta.datasets.folder import list_folder
from bauta.datasets.manifest import write_manifest
from bauta.detect.run import detect_dataset
from bauta.store import Store, StoreWriter

FACES = 180
AT_ONCE = 64
"""The largest batch of any stage."""
OF_PIXELS = {"images", "mask", "classes", "points"}
"""Arrays of which no stage may hold the whole; vectors, posteriors and statuses are small."""


@pytest.fixture(scope="module")
def most_rows(tmp_path_factory):
    """The most rows of an array that each stage read or appended at once."""
    run = Run(tmp_path_factory.mktemp("scale"), side=32)
    write_images(run.images, FACES)
    seen, most = {}, {}

    def note(name, rows):
        seen[name] = max(seen.get(name, 0), rows)

    def read(of, store, name, *arguments):
        found = of(store, name, *arguments)
        note(name, len(found))
        return found

    def append(of, writer, **batch):
        for name, rows in batch.items():
            note(name, len(rows))
        return of(writer, **batch)

    with pytest.MonkeyPatch.context() as patch:
        for method in ("read", "take"):
            watched = partial(read, getattr(Store, method))
            patch.setattr(Store, method, lambda *arguments, watched=watched: watched(*arguments))
        written = StoreWriter.append
        patch.setattr(StoreWriter, "append", lambda writer, **batch: append(written, writer, **batch))
        for name, stage in STAGES.items():
            seen.clear()
            stage(run)
            most[name] = dict(seen)
    return most


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_holds_a_batch_of_images(most_rows, stage):
    held = {name: rows for name, rows in most_rows[stage].items() if name in OF_PIXELS}
    assert all(rows <= AT_ONCE for rows in held.values()), held


def test_the_stages_that_work_on_pixels_are_seen_to_read_them(most_rows):
    with_pixels = {name for name, rows in most_rows.items() if OF_PIXELS & set(rows)}
    others = {"index", "split", "detect", "align", "expression", "frontier"}
    assert set(STAGES) - with_pixels == others | {"attack originals", "attack anonymized"}


def test_images_are_decoded_one_after_the_other(tmp_path):
    """Indexing, detection and cropping need no more for 40 large images than for 10."""
    side, peaks = 600, []
    contract = CropContract(size=32)
    for count in (10, 40):
        root = tmp_path / str(count)
        (root / "images" / "a").mkdir(parents=True)
        for number in range(count):
            noise = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
            cv2.imwrite(str(root / "images" / "a" / f"{number}.bmp"), noise)
        tracemalloc.start()
        listing = list_folder(root / "images", subject_level=1)
        manifest = write_manifest(listing, root / "images", root / "manifest")
        alignment = align_detections(detect_dataset(manifest, root / "images", CentralFace()), contract)
        crop_dataset(manifest, alignment, root / "images", contract, root / "crops.zarr")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < side * side * 3
