"""`examples/plugin`, installed as a stranger would, in one run with what comes with bauta."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from projects import Project, make_project

from bauta.datasets.synthfaces.dataset import render_dataset

pytestmark = pytest.mark.long

EXAMPLE = Path(__file__).parents[2] / "examples/plugin"
CONFIG = {
    "run": "plugins",
    "datasets": {"mine": {"adapter": "csv_faces", "root": "data/mine"}},
    "anonymizers": {"identity": {}, "blackout": {}, "median": {"radius": 20}},
    "recognizers": ["lbp"],
    # It has no entry point: the function is named.
    "attacks": {"protocols": ["naive"], "adaptive": {"candidates": ["loose_attack:centroids"]}},
    "frontier": {"bootstrap": 100},
}
BOTH = {
    **CONFIG,
    "datasets": {**CONFIG["datasets"], "rendered": {"adapter": "synthfaces", "subjects": 4}},
    "anonymizers": {**CONFIG["anonymizers"], "blur": {"kernel": 31}},
    "recognizers": ["dlib_resnet", "lbp"],
}
"""The same beside what comes with bauta."""

LOOSE_ATTACK = """\
from bauta.attack.candidates import nearest_template


def centroids(enrolled, *, seed):
    return nearest_template(enrolled, seed=seed)
"""
PLANNED = """\
import json, sys
from bauta.config.load import load_config
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs

plan = rule_inputs(load_config("both.yaml")).plan
print(json.dumps([str(each.path) for each in artifacts(plan)]))
"""


@dataclass(frozen=True, kw_only=True)
class Plugged(Project):
    """A project whose Python finds one more folder of packages."""

    packages: Path

    def environment(self):
        path = os.pathsep.join([str(self.packages), *filter(None, [os.environ.get("PYTHONPATH")])])
        return {**super().environment(), "PYTHONPATH": path}

    def install(self, version):
        """Copy the example, give it a version and install it, offline and without its dependencies."""
        source = self.packages.parent / f"source-{version}"
        shutil.copytree(EXAMPLE, source)
        project = source / "pyproject.toml"
        project.write_text(project.read_text().replace('version = "0.1.0"', f'version = "{version}"'))
        shutil.rmtree(self.packages, ignore_errors=True)
        how = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "install", *how, "--target", self.packages, source]
        subprocess.run(command, check=True, capture_output=True, text=True)
        (self.packages / "loose_attack.py").write_text(LOOSE_ATTACK)

    def artifacts(self):
        """Every path that the configuration plans."""
        done = subprocess.run(
            [sys.executable, "-c", PLANNED],
            cwd=self.folder,
            env=self.environment(),
            check=True,
            capture_output=True,
            text=True,
        )
        return set(json.loads(done.stdout))


def make_csv_faces(root, rendered):
    """The rendered faces as the example's dataset: files and one table."""
    shutil.copytree(rendered / "images", root / "images")
    rows = [["file", "subject", "expression"]]
    for number, path in enumerate(sorted((root / "images").rglob("*.jpg"))):
        rows.append([str(path.relative_to(root)), path.parent.name, ("happy", "sad", "neutral")[number % 3]])
    with (root / "faces.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = make_project(tmp_path_factory.mktemp("plugins")).folder
    made = Plugged(folder, packages=tmp_path_factory.mktemp("packages") / "target")
    made.install("0.1.0")
    rendered = tmp_path_factory.mktemp("rendered") / "faces"
    render_dataset(rendered, subjects=4, images_per_subject=3, seed=5)
    make_csv_faces(folder / "data/mine", rendered)
    made.configure(CONFIG)
    (folder / "both.yaml").write_text(yaml.safe_dump(BOTH))
    made.snakemake()
    return made


def test_all_three_kinds_land_in_the_frontier(project):
    with (project.folder / "results/plugins/frontier.csv").open() as file:
        rows = {(row["dataset"], row["backend"], row["setting"]): row for row in csv.DictReader(file)}
    row = rows["mine", "median", "radius=20"]
    assert row["worst_attacker"].rpartition("/")[2] == "lbp"
    assert all(row[name] for name in ("top1", "adaptive_top1", "worst_top1", "macro_f1"))


def test_the_key_names_the_distribution(project):
    key = next((project.folder / "cache/mine").glob("*/embeddings/lbp-*/key.json"))
    assert json.loads(key.read_text())["versions"]["recognize/lbp"] == "bauta-example 0.1.0"


def test_an_attack_competes_that_has_no_entry_point(project):
    (made,) = (project.folder / "results/plugins/measurements/mine").glob("adapt-*/*/median/*.json")
    measured = json.loads(made.read_text())
    assert measured["values"]["adaptive_top1"]["value"] is not None
    assert measured["provenance"]["candidates"].endswith("fusion, loose_attack-centroids")


def test_a_new_version_plans_what_depends_on_it_and_nothing_else(project):
    assert project.planned() == {}
    before = project.artifacts()
    project.install("0.2.0")
    after = project.artifacts()
    new = {Path(path) for path in after - before}
    assert {path.name.partition("=")[0] for path in new if "rendered" in path.parts} >= {"radius"}
    for path in new:
        # The suite is one measurement for all recognizers.
        suite = any(part.startswith("suite-") for part in path.parts)
        assert suite or {"mine", "median"} & set(path.parts) or "lbp" in str(path), path
    for path in map(Path, after & before):
        assert not {"mine", "median"} & set(path.parts), path
        assert "lbp" not in str(path), path
    planned = project.planned()
    assert {planned[rule] for rule in ("index", "detect", "crop", "landmarks")} == {1}
    # The controls, the radius, and the light blur by which the attacks on the new faces are tried.
    assert planned["anonymize"] == 5


def test_a_plugin_that_is_gone_is_one_line(project):
    shutil.rmtree(project.packages)
    done = project.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "unknown adapter 'csv_faces'" in done.stdout
    assert "Traceback" not in done.stdout
