from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from bauta.config.datasets import Dataset
from bauta.datasets import ADAPTERS
from bauta.datasets.listing import list_dataset
from bauta.datasets.manifest import write_manifest

DATASETS = TypeAdapter(Dataset)
PAGES = Path(__file__).parents[2] / "docs" / "datasets"
CONFIGS = Path(__file__).parents[2] / "config"


def section(**values):
    return DATASETS.validate_python(values)


def test_every_adapter_has_its_section_its_page_its_configuration_and_its_line_in_the_table():
    table = (PAGES / "README.md").read_text()
    for adapter in ADAPTERS:
        assert callable(ADAPTERS.load(adapter))
        assert f"`{adapter}`" in table
        root = {} if adapter == "synthfaces" else {"root": "data/x"}
        assert section(adapter=adapter, **root).adapter == adapter
        own = {"synthfaces": "../config.yaml", "folder": "pins.yaml"}.get(adapter, f"{adapter}.yaml")
        assert (CONFIGS / own).is_file()
    for page in PAGES.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in table


def test_options_parts_and_sample_reach_the_adapter(tmp_path, draw):
    for person in "abcd":
        for number in range(4):
            draw(tmp_path / person / f"{number}.png")
    config = section(adapter="folder", root=str(tmp_path), limit=3, sample=7).listing(seed=5)
    listing = list_dataset(tmp_path, tmp_path, **config)
    assert len(listing.records) == 6
    assert len(listing.over_limit) == 10
    assert all(not record.path.endswith("3.png") for record in listing.records)


def test_the_seed_is_in_the_key_only_where_something_is_drawn():
    assert section(adapter="lfw", root="a").listing(1) == section(adapter="lfw", root="a").listing(2)
    sampled = section(adapter="lfw", root="a", sample=9)
    assert sampled.listing(1) != sampled.listing(2)


def test_pixels_in_a_csv_become_files_beside_the_manifest(tmp_path):
    root, images = tmp_path / "raw", tmp_path / "images"
    root.mkdir()
    rows = [f"{row % 7},{' '.join([str(row)] * 2304)},PublicTest" for row in range(7)]
    (root / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")
    config = section(adapter="fer2013", root=str(root), parts=["dev"], sample=5).listing(seed=0)
    manifest = write_manifest(list_dataset(root, images, **config), images, tmp_path / "m.parquet")
    assert manifest["status"].to_pylist() == ["ok"] * 5
    assert [path.name for path in root.iterdir()] == ["fer2013.csv"]


@pytest.mark.parametrize("adapter", ["ferplus", "wider_face"])
def test_distributions_and_boxes_reach_the_manifest(tmp_path, draw, adapter):
    root, images = tmp_path / "raw", tmp_path / "images"
    root.mkdir()
    if adapter == "ferplus":
        pixels = " ".join(["1"] * 2304)
        (root / "fer2013.csv").write_text(f"emotion,pixels,Usage\n0,{pixels},Training\n")
        (root / "fer2013new.csv").write_text(
            "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
            "Training,fer0000000.png,0,6,0,0,4,0,0,0,0,0\n"
        )
    else:
        images = root
        draw(root / "WIDER_val/images/a/b.jpg")
        (root / "wider_face_split").mkdir()
        (root / "wider_face_split/wider_face_val_bbx_gt.txt").write_text("a/b.jpg\n1\n1 2 3 4 0 0 0 0 0 0\n")
    options = {"mode": "crossentropy"} if adapter == "ferplus" else {}
    config = section(adapter=adapter, root=str(root), **options).listing(seed=0)
    (row,) = write_manifest(list_dataset(root, images, **config), images, tmp_path / "m.parquet").to_pylist()
    if adapter == "ferplus":
        np.testing.assert_allclose(row["distribution"], [0.4, 0, 0, 0.6, 0, 0, 0])
        assert row["boxes"] is None
        assert row["points"] is None
    else:
        assert row["boxes"] == [0.5, 1.5, 3.5, 5.5]
        assert len(row["points"]) == 10
        assert np.isnan(row["points"]).all()
        assert row["distribution"] is None
