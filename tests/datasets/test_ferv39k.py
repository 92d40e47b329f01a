import logging

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter

from bauta.config.datasets import Dataset
from bauta.datasets import ADAPTERS
from bauta.datasets.ferv39k import spread
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import write_manifest
from bauta.datasets.splits import draw_split
from bauta.errors import DataError

CLIPS = "2_ClipsforFaceCrop"
LISTS = "4_setups/All_scenes"


def lay_out(root, draw, write, frames=5, clips=("Action/Happy/0001", "Action/Sad/0001", "War/Fear/0007")):
    for clip in clips:
        for frame in range(frames):
            draw(root / CLIPS / clip / f"{frame:05d}.jpg")
    rows = [f"{clip} {clip.split('/')[1]}" for clip in clips]
    write(root / LISTS / "train_All.csv", "\n".join(rows[:-1]) + "\n")
    write(root / LISTS / "test_All.csv", rows[-1] + "\n")
    return root


def test_a_frame_in_the_middle_of_each_clip(tmp_path, draw, write):
    root = lay_out(tmp_path, draw, write)
    draw(root / CLIPS / "War/Sad/0009/00000.jpg")
    found = ADAPTERS.load("ferv39k")(root)
    assert [(r.image_id, r.subject, r.expression, r.official_split) for r in found.records] == [
        ("Action/Happy/0001/00002.jpg", "Action/Happy/0001", "happy", "train"),
        ("Action/Sad/0001/00002.jpg", "Action/Sad/0001", "sad", "train"),
        ("War/Fear/0007/00002.jpg", "War/Fear/0007", "fear", "test"),
    ]
    assert found.clips
    assert len(found.over_limit) == 12
    assert found.ignored == (f"{CLIPS}/War/Sad/0009/00000.jpg",)
    assert not found.problems


@pytest.mark.parametrize(
    ("count", "wanted", "places"),
    [
        (1, 1, {0}),
        (2, 1, {1}),
        (5, 1, {2}),
        (6, 2, {1, 4}),
        (8, 3, {1, 4, 6}),
        (3, 3, {0, 1, 2}),
        (2, 9, {0, 1}),
    ],
)
def test_frames_are_evenly_spaced(count, wanted, places):
    assert spread(count, wanted) == places


def test_broken_rows_are_reported_but_no_header(tmp_path, draw, write, reasons):
    root = lay_out(tmp_path, draw, write, frames=1, clips=[f"Action/Happy/{n:04d}" for n in range(30)])
    train = root / LISTS / "train_All.csv"
    train.write_text(f"path label\n{train.read_text()}Action/Happy Happy\nAction/Happy/9999 Happy\n")
    found = ADAPTERS.load("ferv39k")(root)
    assert len(found.records) == 30
    found = reasons(found)
    assert len(found) == 2
    assert found["train_All.csv, line 31"].startswith(
        "expected a clip such as Action/Happy/0267 and a label, got"
    )
    gone = f"there is no frame in '{CLIPS}/Action/Happy/9999', or it was listed before"
    assert found["train_All.csv, line 32"] == gone


def test_what_is_missing_is_refused(tmp_path, draw, write):
    with pytest.raises(DataError, match=CLIPS):
        ADAPTERS.load("ferv39k")(tmp_path)
    draw(tmp_path / CLIPS / "Action/Happy/0001/00000.jpg")
    with pytest.raises(DataError, match="got neither"):
        ADAPTERS.load("ferv39k")(tmp_path)
    write(tmp_path / LISTS / "test_All.csv", "Action/Happy/0001 Joyous\n")
    with pytest.raises(DataError, match="unknown expressions: 1 × 'Joyous'"):
        ADAPTERS.load("ferv39k")(tmp_path)


def section(root, **values):
    return TypeAdapter(Dataset).validate_python({"adapter": "ferv39k", "root": str(root), **values})


def manifest_of(root, out, **values):
    config = section(root, **values).listing(seed=0)
    return write_manifest(list_dataset(root, root, **config), root, out / "manifest.parquet")


def test_no_split_separates_the_frames_of_a_clip(tmp_path, draw, write):
    clips = [f"Action/{word}/{number:04d}" for word in ("Happy", "Sad") for number in range(10)]
    root = lay_out(tmp_path / "raw", draw, write, frames=3, clips=[*clips, "War/Fear/0007"])
    rng = np.random.default_rng(0)
    for path in sorted(root.rglob("*.jpg")):
        Image.fromarray(rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)).save(path)
    manifest = manifest_of(root, tmp_path, frames_per_clip=3)
    assert len(manifest) == 63
    split = draw_split(manifest, train=0.0, dev=0.3, enrol=0.5, seed=0, official=True)
    parts = {}
    for row in split.to_pylist():
        parts.setdefault(row["subject"], set()).add(row["partition"])
    assert {len(found) for found in parts.values()} == {1}
    assert sum(found == {"dev"} for found in parts.values()) == 6


def test_clips_with_a_common_frame_are_kept(tmp_path, draw, write, caplog):
    caplog.set_level(logging.WARNING)
    root = lay_out(tmp_path / "raw", draw, write, frames=1)
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for path in sorted(root.rglob("*.jpg")):
        Image.fromarray(picture).save(path.with_suffix(".png"))
        path.unlink()
    manifest = manifest_of(root, tmp_path)
    assert len(manifest) == 3
    split = draw_split(manifest, train=0.0, dev=0.0, enrol=0.5, seed=0, official=True)
    assert split["partition"].to_pylist() == ["unused", "unused", "test"]


def test_nobody_is_identified(tmp_path):
    assert section(tmp_path).identities == "FERV39k does not say who its faces are"
    with pytest.raises(ValueError, match="people are drawn, but FERV39k does not say"):
        section(tmp_path, splits={"dev": 0.1})
