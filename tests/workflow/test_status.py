"""`snakemake status` and `snakemake clean_stale`, as a user calls them."""

import pytest
from completed import complete
from projects import TINY

from bauta.config import parse_config
from bauta.stale import Stale
from bauta.status import human_bytes, stale_lines, status_lines
from bauta.workflow import rule_inputs

OTHER = {**TINY, "datasets": {"synthfaces": {**TINY["datasets"]["synthfaces"], "subjects": 14}}}


def plan_of(config):
    return rule_inputs(parse_config(config)).plan


@pytest.fixture
def left_over(project, monkeypatch):
    """A project that is complete, with the stores of another configuration beside its own."""
    monkeypatch.chdir(project.folder)
    complete(project.folder, plan_of(TINY))
    complete(project.folder, plan_of(OTHER))
    for path in sorted(project.folder.glob("cache/**/crops.zarr")):
        (path / "shard").write_bytes(bytes(1_500_000))
    return project


def own_lines(done):
    return [
        line for line in done.stdout.splitlines() if not line.startswith("Using workflow specific profile")
    ]


@pytest.mark.slow
def test_status_lists_what_is_there_what_would_run_and_what_is_stale(left_over):
    left_over.configure({**TINY, "recognizers": ["dlib_resnet", "facenet_vggface2"]})
    done = left_over.snakemake("status")
    lines = [line.split() for line in own_lines(done)]
    assert ["crops", "1", "of", "1", "1.5", "MB"] in lines
    assert ["embeddings", "5", "of", "10"] in [line[:4] for line in lines]
    assert ["embed_anonymized", "4"] in lines
    assert ["attack", "4"] in lines
    assert [line[:4] for line in lines if line[:1] == ["stale:"]] == [["stale:", "1.5", "MB", "in"]]


@pytest.mark.slow
def test_clean_stale_shows_first_and_removes_only_when_told_to(left_over):
    crops = plan_of(OTHER).datasets["synthfaces"].folder / "crops.zarr"
    shown = own_lines(left_over.snakemake("clean_stale"))
    assert crops.is_dir()
    assert [line for line in shown if "1.5 MB" in line and str(crops.parent) in line]
    assert shown[-1] == "nothing was removed; to remove them: snakemake clean_stale --config confirm=true"
    left_over.snakemake("clean_stale", "-n", "--config", "confirm=true")
    assert crops.is_dir()
    done = own_lines(left_over.snakemake("clean_stale", "--config", "confirm=true"))
    assert [line for line in done if line in shown] == shown[:-1]
    assert done[-1] == "removed 1.5 MB"
    assert not crops.parent.exists()
    assert left_over.planned() == {}
    assert own_lines(left_over.snakemake("clean_stale"))[-1].startswith("nothing is stale")


@pytest.mark.slow
def test_confirm_is_no_key_of_a_run(project):
    done = project.snakemake("-n", "--config", "confirm=true", check=False)
    assert done.returncode != 0
    assert "error: config: unknown key 'confirm'" in done.stdout


def test_status_of_a_run_that_cannot_be_planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = list(status_lines(plan_of(TINY), "error: model x is not there", []))
    assert "a run would stop: error: model x is not there" in lines
    assert any(line.split() == ["anonymized", "0", "of", "4"] for line in lines)


def test_the_largest_come_first_and_what_is_at_work_is_not_counted(tmp_path):
    stale = [
        Stale(tmp_path / "small", 10, at_work=False),
        Stale(tmp_path / "large", 2_000_000, at_work=False),
        Stale(tmp_path / "busy", 5_000, at_work=True),
    ]
    lines = list(stale_lines(stale, []))
    assert [line.split()[0] for line in lines[1:]] == ["2.0", "5.0", "10", "2.0"]
    assert "kept: unfinished" in lines[2]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (45_130_000, "45.1 MB"),
        (3e9, "3.0 GB"),
        (5e12, "5.0 TB"),
    ],
)
def test_human_bytes(count, text):
    assert human_bytes(count) == text
