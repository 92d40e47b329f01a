"""The README is true: its commands, files and examples exist."""

import re
from pathlib import Path

import yaml

from bauta.anonymize import ANONYMIZERS
from bauta.config.load import parse_config
from bauta.config.models import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"^(?:\| `)?make ([a-z-]+)", README, flags=re.MULTILINE)) <= targets


def test_the_pages_on_the_cluster_name_what_exists():
    page = (ROOT / "docs/slurm.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", page, flags=re.MULTILINE)) <= targets
    linked = re.findall(r"\]\((?!http)([^)]+)\)", page)
    assert [name for name in linked if not (ROOT / "docs" / name).exists()] == []
    keys = set(yaml.safe_load((ROOT / "slurm/config.yaml").read_text()))
    assert {"groups", "group-components", "resources"} <= keys


def test_every_linked_or_named_file_exists():
    linked = re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", README)
    named = re.findall(r"`((?:src|config|benchmarks)/[\w./-]+)`", README)
    missing = [
        name for name in [*linked, *named] if name != "config/mine.yaml" and not (ROOT / name).exists()
    ]
    assert missing == []


def test_every_anonymizer_is_described():
    assert all(f"`{name}`" in README for name in ANONYMIZERS)


def test_the_examples_of_datasets_are_accepted():
    mine = yaml.safe_load("mine: {adapter: folder, root: data/mine}")
    labelled = re.search(r"^  (mine: \{.*labels.*\})$", README, flags=re.MULTILINE).group(1)
    for datasets in (mine, yaml.safe_load(labelled)):
        assert isinstance(parse_config({"run": "mine", "datasets": datasets}), Config)
