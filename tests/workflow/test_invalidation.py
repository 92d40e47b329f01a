"""What is computed again, and when: the table of `invalidation_table.py`, and what must plan nothing."""

import copy
import shutil
import subprocess
import typing

import pytest
import yaml
from completed import complete, made_by, rerun
from invalidation_table import RESULTS, TABLE
from projects import PARTS, ROOT, TINY, Project, make_project
from pydantic import BaseModel

from bauta.anonymize.settings import SETTINGS
from bauta.config.datasets import BaseDataset, Photographs
from bauta.config.load import parse_config
from bauta.config.models import Config
from bauta.config.section import Section
from bauta.datasets import ADAPTERS
from bauta.workflow.rule_inputs import rule_inputs

CFP_PROTOCOL = [
    *("Pair_list_F.txt", "Pair_list_P.txt"),
    *(f"Split/FP/{fold:02d}/{kind}.txt" for fold in range(1, 11) for kind in ("same", "diff")),
]


def edited(config, key, value):
    """The configuration with one key set."""
    config = copy.deepcopy(config)
    place = config
    *parents, last = key.split(".")
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return config


def before_and_after(name, row):
    base = copy.deepcopy(TINY)
    if row.dataset is not None:
        base |= {"datasets": {"mine": row.dataset}, "teachers": ["resnet18_fer2013"]}
    for key, value in row.base.items():
        base = edited(base, key, value)
    return base, edited(base, row.key or name, row.value)


def plan_of(config):
    return rule_inputs(parse_config(config)).plan


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """Some raw data in the working directory, twice."""
    monkeypatch.chdir(tmp_path)
    for folder in ("raw", "moved"):
        (tmp_path / folder / "a").mkdir(parents=True)
        (tmp_path / folder / "a" / "1.jpg").write_bytes(b"1")
        (tmp_path / folder / "a" / "1.mat").write_bytes(b"1")
        (tmp_path / folder / "labels.csv").write_text("path,expression\n")
        for name in CFP_PROTOCOL:
            path = tmp_path / folder / "Protocol" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("1,1\n")
    (tmp_path / "pairs.txt").write_text("2\t1\n")
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "1.mat").write_bytes(b"2")


def keys_of(model, prefix=""):
    """Every key of a section and of the sections in it, dotted; those of all datasets once."""
    for name, about in model.model_fields.items():
        if name == "anonymizers":
            for backend, setting in SETTINGS.items():
                yield from (f"anonymizers.{backend}.{option}" for option in setting.model_fields)
        elif name == "datasets" and model is Config:
            yield from keys_of_datasets()
        else:
            inner = [part for part in parts(about.annotation) if issubclass(part, Section)]
            if inner:
                for part in inner:
                    yield from keys_of(part, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}"


def keys_of_datasets():
    yield from keys_of(BaseDataset, "datasets.")
    common = set(BaseDataset.model_fields)
    yield from (f"datasets.{name}" for name in Photographs.model_fields if name not in common)
    for adapter in ADAPTERS.built_in:
        section = ADAPTERS.settings(adapter, BaseDataset)
        known = common | (set(Photographs.model_fields) if issubclass(section, Photographs) else set())
        yield from (f"datasets.{adapter}.{name}" for name in section.model_fields if name not in known)


def parts(annotation):
    """The classes that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for argument in typing.get_args(annotation) for part in parts(argument)]


def test_every_key_of_the_configuration_has_a_row():
    assert set(keys_of(Config)) <= set(TABLE), "add a row to TABLE: what does an edit of the key run again?"


@pytest.mark.parametrize("name", TABLE)
def test_an_edit_runs_exactly_what_depends_on_it(raw, name):
    before, after = map(plan_of, before_and_after(name, TABLE[name]))
    assert rerun(before, after) == TABLE[name].rules


@pytest.fixture(scope="module")
def completed(tmp_path_factory):
    """A function that returns a project in which a configuration was run, without the metadata of it."""
    projects = {}

    def find(config):
        text = yaml.safe_dump(config)
        if text not in projects:
            projects[text] = make_project(tmp_path_factory.mktemp("completed"))
            complete(projects[text].folder, plan_of(config))
        return projects[text]

    return find


RENDERED = [name for name, row in TABLE.items() if row.dataset is None]
DIFFERENT = list({frozenset(TABLE[name].rules): name for name in reversed(RENDERED)}.values())
"""A row for each set of rules: how keys become rules is checked above, how rules become jobs here."""

FEW = 4
"""Rows that are planned each time; Snakemake takes seconds for each."""
PLANNED = [
    name if place < FEW else pytest.param(name, marks=pytest.mark.long)
    for place, name in enumerate(DIFFERENT)
]

NEEDED = {
    "landmarks": "mediapipe_face_landmarker",
    "anonymizers.cgan_trained.conditions": "mobilefacenet_casia",
}
"""Model files without which a row cannot be planned."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANNED)
def test_snakemake_plans_exactly_that_though_its_metadata_is_missing(completed, real_models, name):
    if models := NEEDED.get(name):
        real_models(models)
    before, after = before_and_after(name, TABLE[name])
    project = completed(before)
    project.configure(after)
    assert set(project.planned()) - {"fetch_model"} == TABLE[name].rules


@pytest.mark.slow
def test_editing_back_plans_nothing(completed):
    project = completed(TINY)
    project.configure({**TINY, "seed": 1})
    assert project.planned()
    project.configure(TINY)
    assert project.planned() == {}


def reordered(value):
    """Every mapping backwards, and every list whose first element decides nothing."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return value


def test_the_order_of_keys_and_of_lists_changes_nothing():
    config = {
        **TINY,
        "datasets": {"b": TINY["datasets"]["synthfaces"], "a": TINY["datasets"]["synthfaces"]},
        "anonymizers": {
            "pixelate": {"region": ["hull", "crop"], "block": [4, 16, 8]},
            **TINY["anonymizers"],
        },
        "recognizers": ["dlib_resnet", "facenet_vggface2", "arcface_mbf"],
        "attacks": {"protocols": ["naive", "reverse"]},
        "realism": ["ssim", "psnr"],
    }
    other = reordered(config)
    other["anonymizers"]["pixelate"] = {"block": [16, 8, 4], "region": ["crop", "hull"]}
    other["recognizers"] = ["dlib_resnet", "arcface_mbf", "facenet_vggface2"]
    other["attacks"] = {"protocols": ["reverse", "naive"]}
    other["realism"] = ["psnr", "ssim"]
    assert yaml.safe_dump(config, sort_keys=False) != yaml.safe_dump(other, sort_keys=False)
    assert made_by(plan_of(config)) == made_by(plan_of(other))


def test_a_union_of_grids_is_the_same_in_any_order_and_alone_it_is_a_grid():
    def blurred(options):
        return made_by(plan_of(edited(TINY, "anonymizers.blur", options)))

    grids = [{"kernel": [3, 5]}, {"region": "crop", "kernel": 5}]
    assert blurred(grids) == blurred([{"kernel": 5, "region": "crop"}, {"kernel": [5, 3]}])
    assert blurred([{"kernel": 5}]) == blurred({"kernel": [5]})
    assert blurred(grids) != blurred(grids[0])


def test_the_first_of_recognizers_and_teachers_decides_columns(raw):
    first = {**TINY, "recognizers": ["dlib_resnet", "facenet_vggface2"]}
    second = {**TINY, "recognizers": ["facenet_vggface2", "dlib_resnet"]}
    assert rerun(plan_of(first), plan_of(second)) == RESULTS


def test_a_default_that_is_written_out_changes_nothing():
    written = edited(edited(TINY, "attacks.background", 2000), "crop", {"size": 256, "margin": 0.4})
    assert made_by(plan_of(written)) == made_by(plan_of(TINY))


@pytest.mark.slow
def test_comments_whitespace_and_order_plan_nothing(completed):
    project = completed(TINY)
    text = yaml.safe_dump(reordered(TINY), sort_keys=False, indent=4).replace("\n", "\n\n")
    (project.folder / "config.yaml").write_text(f"# a comment\n{text}\n# another")
    assert project.planned() == {}


@pytest.mark.slow
def test_another_branch_and_back_plans_nothing(tmp_path):
    """A checkout gives every file that differs a new mtime."""
    folder = tmp_path / "project"
    for part in PARTS:
        copy_part = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy_part(ROOT / part, ensured(folder) / part)
    project = Project(folder)
    project.configure(TINY)
    complete(folder, plan_of(TINY))
    (folder / ".gitignore").write_text("/cache/\n/data/\n/results/\n/.snakemake/\n")

    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", "-A")
    git("commit", "-m", "one")
    git("checkout", "-b", "other")
    scripts = folder.glob("workflow_scripts/*.py")
    for path in (*folder.glob("rules/*.smk"), *scripts, folder / "Snakefile"):
        path.write_text(path.read_text() + "\n# on the other branch\n")
    project.configure({**TINY, "seed": 1})
    git("commit", "-am", "two")
    assert project.planned()
    git("checkout", "main")
    assert project.planned() == {}


def ensured(folder):
    folder.mkdir(exist_ok=True)
    return folder
