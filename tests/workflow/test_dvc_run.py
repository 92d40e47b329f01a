"""What somebody does with DVC after a real run: record it, push it, compare it, pull it."""

import hashlib
import shutil

import pytest
from labs import CACHED_STAGES, Clone, add_dvc
from projects import TINY

pytestmark = pytest.mark.long

# As for photographs: DVC carries no contact sheet, and whoever wants one makes the anonymized sets for it.
SHEETLESS = {
    **TINY,
    "datasets": {"synthfaces": {**TINY["datasets"]["synthfaces"], "contact_sheet": False}},
    "anonymizers": {**TINY["anonymizers"], "ksame": {"k": 2}},
}
MEASURED = {"attack", "attack_clear", "adapt", "soft", "expression", "realism", "coverage"}


@pytest.fixture(scope="module")
def lab(finished, tmp_path_factory):
    """A copy of the finished run as a repository, recorded and pushed to a folder."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(finished.folder, folder / "origin", symlinks=True)
    made = Clone(folder / "origin")
    add_dvc(made)
    made.configure(SHEETLESS)
    made.snakemake()
    made.commit("before")
    made.snakemake("dvc_keys")
    made.commit("one")
    made.name_remote(folder / "remote")
    made.dvc("push")
    return made


def objects(remote):
    """MD5 of everything in a remote."""
    return {path.parent.name + path.name for path in remote.rglob("*") if path.is_file()}


def md5(path):
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_what_is_recorded_is_up_to_date_for_both(lab):
    assert "up to date" in lab.dvc("status").stdout
    assert lab.planned() == {}


def test_the_crops_are_pushed_and_no_other_picture_of_a_face(lab):
    pushed = objects(lab.folder.parent / "remote")
    shards = [path for path in lab.folder.glob("cache/*/mtcnn-*/crops.zarr/images/c/**/*") if path.is_file()]
    assert shards
    assert {md5(path) for path in shards} <= pushed
    kept = [
        *lab.folder.glob("results/tiny/plots/*contact_sheet.png"),
        *lab.folder.glob("results/tiny/plots/*restored.png"),
        lab.folder / "results/tiny/report.html",
        *lab.folder.glob("data/*/images/**/*.jpg"),
        *lab.folder.glob("data/*/images/**/*.png"),
    ]
    assert len(kept) > 12 * 7
    assert not {md5(path) for path in kept} & pushed


def test_a_clone_pulls_the_crops_and_the_results_and_makes_neither_again(lab, tmp_path):
    clone = lab.clone(tmp_path / "clone", remote=lab.folder.parent / "remote", link="symlink")
    clone.dvc("pull")
    assert "up to date" in clone.dvc("status").stdout
    assert not (CACHED_STAGES | MEASURED | {"frontier", "attributes"}) & set(clone.planned())


def test_two_states_are_compared(lab, tmp_path):
    clone = lab.clone(tmp_path / "clone", remote=lab.folder.parent / "remote")
    scores = "results/tiny/scores.json"
    assert "ksame k=2.privacy" in clone.dvc("metrics", "show", "--md").stdout, "read from the remote"
    clone.dvc("pull")
    (clone.folder / scores).unlink()
    (clone.folder / scores).write_text('{"synthfaces": {"ksame k=2": {"privacy": 0.125}}}')
    difference = clone.dvc("metrics", "diff", "--md").stdout
    assert f"| {scores} | synthfaces.ksame k=2.privacy " in difference
    assert "0.125" in difference
    clone.dvc("plots", "show")
    page = (clone.folder / "dvc_plots/index.html").read_text()
    assert "synthfaces-frontier.png" in page
    assert '"field": "privacy"' in page
    assert "contact_sheet" not in page


def test_one_dataset_fewer_anonymizers_is_recorded_without_making_a_store_again(lab):
    stores = {path: path.stat().st_mtime_ns for path in lab.folder.glob("cache/**/store.json")}
    lab.configure({**SHEETLESS, "anonymizers": TINY["anonymizers"]})
    assert "modified" in lab.dvc("status").stdout
    lab.snakemake()
    lab.snakemake("dvc_keys")
    assert "up to date" in lab.dvc("status").stdout
    assert "ksame k=2" in lab.dvc("metrics", "diff").stdout
    assert {path: path.stat().st_mtime_ns for path in stores} == stores
