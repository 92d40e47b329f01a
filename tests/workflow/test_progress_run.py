"""The console of real runs: how many lines they have, and that each is of use."""

import re
from dataclasses import replace

import pytest
from projects import ROOT, TINY, make_project

USING = "Using workflow specific profile"


def shown(done):
    return [line for line in done.stdout.splitlines() if not line.startswith(USING)]


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    """A project whose first stages have run, and what its console showed."""
    project = replace(make_project(tmp_path_factory.mktemp("brief") / "project"), brief=True)
    project.configure(TINY)
    dry = shown(project.snakemake("-n"))
    (verdict,) = project.snakemake("--summary").stdout.split("\tjudge\t")[0].splitlines()[-1:]
    return project, dry, shown(project.snakemake(verdict.split("\t")[0]))


@pytest.mark.slow
def test_a_run_is_a_line_a_stage_and_one_at_its_end(brief):
    _, _, lines = brief
    assert lines[0] == "4 jobs on 2 cores, time left unknown: too few of these jobs have run here before"
    line = r" +\d+:\d\d +\d of 4  (\w+) · synthfaces \([\d.]+ (?:s|min)\)"
    stages = [re.sub(rf"^{line}$", r"\1", text) for text in lines[1:-1]]
    assert stages == ["render", "index", "split", "judge"]
    assert re.fullmatch(r"done: 4 jobs in [\d.]+ (s|min)", lines[-1])


@pytest.mark.slow
def test_a_dry_run_names_the_settings_once_and_what_is_edited(brief):
    project, first, _ = brief
    assert re.fullmatch(r"79 jobs would run", first[0])
    assert len(first) < 20
    text = "\n".join(first)
    for setting in ("identity", "blackout", "blur kernel=7,region=crop", "prototype"):
        assert text.count(setting) == 1
    edited = TINY["datasets"]["synthfaces"] | {"splits": {"train": 0.5, "dev": 0.17, "enrol": 0.5}}
    project.configure({**TINY, "datasets": {"synthfaces": edited}})
    again = shown(project.snakemake("-n"))
    project.configure(TINY)
    assert any("split" in line and "train: 0.34 → 0.5" in line for line in again), again


@pytest.mark.slow
def test_who_wants_snakemakes_own_output_gets_it(brief):
    project, _, _ = brief
    own = project.snakemake("-n", "--logger-bauta-console", "snakemake").stdout
    assert "Job stats:" in own
    assert "Job stats:" in project.bauta("run", "-n", "-v").stdout
    assert "Job stats:" in project.snakemake("-n", "--verbose").stdout
    assert "Job stats:" in project.snakemake("-n", "--quiet").stdout


@pytest.mark.slow
def test_what_is_no_run_is_as_ever(brief):
    project, _, _ = brief
    assert shown(project.snakemake("--lint")) == ["Congratulations, your workflow is in a good condition!"]
    assert project.snakemake("--dag").stdout.count("digraph") == 1
    assert "Building DAG" not in project.snakemake("--summary").stdout
    assert "a run would make\n" in project.bauta("status").stdout


def test_every_job_has_a_benchmark_beside_its_log_so_that_its_cost_is_known():
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            name = rule.partition(":")[0]
            if "output:" in rule and "script:" in rule:
                log = re.search(r'    log:\n        "(.+)\.log",\n', rule)[1]
                assert f'    benchmark:\n        "{log}.tsv"\n' in rule, name
