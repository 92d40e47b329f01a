"""What the profile `slurm` and the rules say, and what a plan makes of it."""

import re

import pytest
import yaml
from projects import ROOT, make_project

PROFILE = yaml.safe_load((ROOT / "slurm/config.yaml").read_text())
DEFAULT = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
RULES = sorted((ROOT / "rules").glob("*.smk"))
TEXT = "".join(path.read_text() for path in [ROOT / "Snakefile", *RULES])
# Snakemake does not submit what has nothing to run either.
LIGHT = {
    re.match(r"\w+", rule)[0]
    for rule in TEXT.split("\nrule ")[1:]
    if "localrule: True" in rule or "script:" not in rule
}
PEOPLE = {"adapter": "synthfaces", "images_per_subject": 6, "splits": {"train": 0.0, "dev": 0.2}}
LARGE = {
    "run": "large",
    "datasets": {f"set{number}": {**PEOPLE, "subjects": 20 + number} for number in range(3)},
    "anonymizers": {
        "identity": {},
        "blackout": {},
        "blur": {"kernel": list(range(5, 39, 2))},
        "pixelate": {"block": [2, 4, 8, 16, 32, 64]},
        "ksame": {"k": list(range(2, 10))},
        "ksame_select": {"k": list(range(2, 9))},
    },
    "recognizers": ["dlib_resnet", "arcface_r50", "arcface_mbf"],
    "teachers": ["resnet18_fer2013"],
}


def test_no_key_is_in_both_profiles():
    assert not set(PROFILE) & set(DEFAULT)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_ask_for_threads_memory_time_and_a_gpu_only(path):
    text = path.read_text()
    blocks = re.findall(r"    resources:\n((?:        .*\n)+)", text)
    asked = {line.strip().partition("=")[0] for block in blocks for line in block.splitlines()}
    assert asked <= {"gpu", "mem_mb", "runtime"}
    assert "retries:" not in text
    for value in re.findall(r"(?:mem_mb|runtime)=(.*),", text):
        assert value.startswith("scaled("), value


def test_an_anonymization_asks_for_a_gpu_where_its_card_does():
    assert (ROOT / "rules/anonymize.smk").read_text().count('gpu=gpu_for("backend"),') == 2


def test_the_profile_asks_squeue_and_tries_again():
    assert PROFILE["slurm-status-command"] == "squeue"
    assert PROFILE["retries"] > 0
    # Slurm forgets a job after 300 s where nobody changed it, and the plugin wants three pauses within that.
    assert 3 * PROFILE["slurm-init-seconds-before-status-checks"] <= 300
    assert set(PROFILE["groups"].values()) == set(PROFILE["group-components"])


def test_light_rules_stay_where_snakemake_was_called():
    tables = {
        "align",
        "frontier",
        "judge",
        "plot",
        "plot_contact_sheet",
        "plot_restored",
        "report_page",
        "split",
    }
    assert tables | {"all", "fetch_model", "models"} <= LIGHT
    assert not {"index", "detect", "crop", "anonymize", "embed_anonymized", "adapt"} & LIGHT
    assert not set(PROFILE["groups"]) & LIGHT


@pytest.mark.long
def test_hundreds_of_settings_do_not_cost_hundreds_of_waits(tmp_path, stub_slurm):
    project = make_project(tmp_path / "large")
    project.configure(LARGE)
    plan = project.snakemake("-n", "--verbose", "--profile", "slurm").stdout
    stats = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", plan, re.MULTILINE)}
    alone = re.findall(r"^rule (\w+):$", plan, re.MULTILINE)
    groups = re.findall(r"Group job (\w+)", plan)
    assert stats["anonymize"] == alone.count("anonymize") == 126
    jobs = stats["total"] - sum(stats.get(name, 0) for name in LIGHT)
    submitted = len(groups) + sum(name not in LIGHT for name in alone)
    assert jobs > 1700
    assert submitted < 340
