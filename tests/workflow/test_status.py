"""`bauta status`, `bauta clean-stale` and the targets of these names, as a user calls them."""

import pytest
import yaml
from completed import complete
from projects import TINY

from bauta.cache.stale import Stale
from bauta.cache.status import human_bytes, stale_lines, status_lines
from bauta.config.load import parse_config
from bauta.workflow.rule_inputs import rule_inputs

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


@pytest.fixture(params=["bauta", "snakemake"])
def asked(request, left_over):
    """Runs a command as either program has it; its name, and what stands for yes."""

    def ask(command, *options, **more):
        if request.param == "bauta":
            return left_over.bauta(command, *options, **more).stdout.splitlines()
        words = ["--config", "confirm=true"] if "--yes" in options else []
        return left_over.snakemake(command.replace("-", "_"), *words, **more).stdout.splitlines()

    return ask


@pytest.mark.slow
def test_status_lists_what_is_there_what_would_run_and_what_is_stale(left_over, asked):
    left_over.configure({**TINY, "recognizers": ["dlib_resnet", "facenet_vggface2"]})
    lines = [line.split() for line in asked("status")]
    assert ["crops", "1", "of", "1", "1.5", "MB"] in lines
    assert ["embeddings", "5", "of", "10"] in [line[:4] for line in lines]
    assert ["embed_anonymized", "4"] in lines
    assert ["attack", "4"] in lines
    assert [line[:4] for line in lines if line[:1] == ["stale:"]] == [["stale:", "1.5", "MB", "in"]]


@pytest.mark.slow
def test_clean_stale_shows_first_and_removes_only_when_told_to(left_over, asked):
    crops = plan_of(OTHER).datasets["synthfaces"].faces.crops
    shown = asked("clean-stale")
    assert crops.is_dir()
    assert [line for line in shown if "1.5 MB" in line and str(crops.parent) in line]
    assert "nothing was removed; to remove them: bauta clean-stale --yes" in shown
    done = asked("clean-stale", "--yes")
    assert [line for line in shown if str(crops.parent) in line] == [
        line for line in done if str(crops.parent) in line
    ]
    assert "removed 1.5 MB" in done
    assert not crops.parent.exists()
    assert left_over.planned() == {}
    assert any(line.startswith("nothing is stale") for line in asked("clean-stale"))


@pytest.mark.slow
def test_a_dry_run_removes_nothing(left_over):
    crops = plan_of(OTHER).datasets["synthfaces"].faces.crops
    assert "1.5 MB" in left_over.bauta("clean-stale", "-n", "--yes").stdout
    left_over.snakemake("clean_stale", "-n", "--config", "confirm=true")
    assert crops.is_dir()


@pytest.mark.slow
def test_both_answer_of_the_configuration_that_is_named(left_over):
    """Also where a run has locked the folder: neither waits for it."""
    other = left_over.folder / "other.yaml"
    other.write_text(yaml.safe_dump({**OTHER, "run": "other"}))
    (left_over.folder / ".snakemake/locks").mkdir(parents=True)
    (left_over.folder / ".snakemake/locks/0.output.lock").write_text("results/tiny/report.html\n")
    options = ("--configfile", "other.yaml", "--config", "seed=4")
    for said in (left_over.bauta("status", *options), left_over.snakemake("status", *options)):
        assert "run other, results in results/other" in said.stdout
        assert any(line.split()[:3] == ["crops", "0", "of"] for line in said.stdout.splitlines())


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
