"""Where everything of a run lies, and what repeats it: `dvc.yaml`."""

from pathlib import Path

import pytest
import yaml

from bauta.io import layout
from bauta.io.dvc_keys import outs_of

ROOT = Path(__file__).parents[2]
CARRIED = {
    "index": (layout.INDEX, [layout.MANIFEST, layout.INDEX_KEY]),
    "split": (layout.SPLIT, [layout.SPLIT]),
    "attributes": (layout.ATTRIBUTES, [layout.ATTRIBUTES]),
    "detect": (layout.CROP, [layout.DETECTIONS, layout.CROP_KEY]),
    "align": (layout.CROP, [layout.ALIGNMENT]),
    "crop": (layout.CROP, [layout.CROPS]),
    "landmarks": (layout.LANDMARKS.removesuffix(".zarr"), [layout.LANDMARKS, layout.LANDMARKS_KEY]),
    "parse": (layout.PARSING.removesuffix(".zarr"), [layout.PARSING, layout.PARSING_KEY]),
    "results": (
        "results/demo",
        [
            f"results/demo/{name}"
            for name in (
                layout.STAMPS,
                layout.MEASUREMENTS,
                layout.TABLE_TEX,
                layout.TABLE_MD,
                layout.FIGURES,
                layout.ATTACKS,
                layout.SOFT_TABLE,
                layout.TEACHERS_TABLE,
                layout.SIGNIFICANCE_TABLE,
                layout.TRAINING_TABLE,
                layout.METRICS,
                layout.SUMMARY,
                layout.SCORES,
                layout.TABLE,
                layout.PLOTS,
            )
        ],
    ),
}
"""Stage of `dvc.yaml` → the path of its entries in `dvc_keys.yaml`, and what it carries."""


def test_the_paths_of_one_artifact():
    found = layout.fill(
        layout.LANDMARKS, dataset="pins", crop="mtcnn-1a2b3c4d", landmarks="dlib68", digest="5"
    )
    assert found == Path("cache/pins/mtcnn-1a2b3c4d/landmarks-dlib68-5.zarr")
    assert layout.LANDMARKS_KEY == "cache/{dataset}/{crop}/landmarks-{landmarks}-{digest}.key.json"
    stamp = layout.fill(layout.STAMP, result="plot", name="{dataset}-{kind}", digest="5")
    assert stamp == Path(".made/plot/{dataset}-{kind}/5"), "a wildcard may stand for itself"
    assert layout.fill(layout.STAMP, result="report", name="", digest="5") == Path(".made/report/5")
    with pytest.raises(KeyError, match="crop"):
        layout.fill(layout.CROPS, dataset="pins")


def test_no_two_artifacts_have_the_same_path():
    paths = [value for name, value in vars(layout).items() if name.isupper() and isinstance(value, str)]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("stage", CARRIED)
def test_dvc_carries_what_the_rules_make(stage, monkeypatch):
    monkeypatch.chdir(ROOT)
    path, carried = CARRIED[stage]
    assert outs_of(stage, path) == [Path(out) for out in carried]


def test_every_stage_of_dvc_asks_snakemake_for_what_it_carries():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert set(stages) == set(CARRIED)
    for name, stage in stages.items():
        target, outs = stage["do"]["cmd"].split()[1], [out for out in stage["do"]["outs"] for out in out]
        assert name == "results" or target == outs[0]
