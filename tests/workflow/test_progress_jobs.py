"""How jobs are called, and what jobs like them have cost."""

import pytest

from bauta.workflow.progress.costs import Costs, human_seconds, seconds_of
from bauta.workflow.progress.jobs import Job
from bauta.workflow.progress.tally import Tally

PLACE = {"dataset": "lfw", "crop": "mtcnn-00000001"}
SET = {**PLACE, "backend": "blur", "setting": "kernel=31-00000002"}


@pytest.mark.parametrize(
    ("rule", "wildcards", "name"),
    [
        ("frontier", {}, "frontier"),
        ("index", {"dataset": "lfw", "digest": "00000001"}, "index · lfw"),
        ("detect", PLACE, "detect · lfw · mtcnn"),
        ("landmarks", {**PLACE, "landmarks": "dlib68", "digest": "00000003"}, "landmarks · lfw · dlib68"),
        ("anonymize", SET, "anonymize · lfw · blur kernel=31"),
        ("anonymize", {**SET, "setting": "default-00000002"}, "anonymize · lfw · blur"),
        ("anonymize", {**SET, "setting": "k=5+split=0.5-00000002"}, "anonymize · lfw · blur k=5,split=0.5"),
        (
            "view",
            {**SET, "people": "00000004", "view": "restored-00000005", "recognizer": "dlib_resnet-00000006"},
            "view · lfw · blur kernel=31 · restored · dlib_resnet",
        ),
        ("fetch_model", {"model": "arcface_mbf"}, "fetch model · arcface_mbf"),
    ],
)
def test_a_job_is_called_by_what_it_does(rule, wildcards, name):
    assert str(Job(1, rule, wildcards)) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (45.2, "45 s"),
        (4, "4 s"),
        (100, "2 min"),
        (5400, "1 h 30 min"),
        (7800, "2 h 10 min"),
        (3e5, "3 d 11 h"),
    ],
)
def test_durations_are_short(seconds, text):
    assert human_seconds(seconds) == text


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """A function that writes benchmarks as Snakemake does."""
    monkeypatch.chdir(tmp_path)

    def write(path, seconds):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t100\n")

    return write


def anonymize(number=1, dataset="lfw", backend="blur", setting="kernel=31-00000002"):
    wildcards = {"dataset": dataset, "crop": "mtcnn-00000001", "backend": backend, "setting": setting}
    path = f"logs/anonymize/{dataset}/mtcnn-00000001/{backend}/{setting}.tsv"
    return Job(number, "anonymize", wildcards, benchmark=path)


def test_the_cost_is_the_median_of_the_jobs_most_alike(logs):
    logs("logs/anonymize/lfw/mtcnn-0000000a/blur/kernel=7-00000003.tsv", 10)
    logs("logs/anonymize/lfw/mtcnn-0000000a/blur/kernel=9-00000004.tsv", 20)
    logs("logs/anonymize/lfw/mtcnn-0000000a/blur/kernel=11-00000005.tsv", 90)
    logs("logs/anonymize/lfw/mtcnn-0000000a/ciagan/default-00000006.tsv", 1000)
    logs("logs/anonymize/orl/mtcnn-0000000a/blur/kernel=7-00000003.tsv", 2)
    costs = Costs()
    costs.read([anonymize()])
    assert costs.expected(anonymize()) == 20
    assert costs.expected(anonymize(backend="pixelate")) == 55, "of the same dataset"
    assert costs.expected(anonymize(dataset="new", backend="new")) == 20, "of the rule"
    assert costs.expected(Job(2, "embed", {"dataset": "lfw"})) is None


def test_a_dataset_with_the_name_of_a_stage_is_found_too(logs):
    logs("logs/attack/attack-0000000a/dlib-0000000b/blur/kernel=7-0000000c.tsv", 3)
    logs("logs/attack/attack-0000000a/dlib-0000000b/original/clear.tsv", 50)
    wildcards = {"dataset": "attack", "digest": "00000001", "recognizer": "dlib-00000002"}
    wildcards |= {"backend": "blur", "setting": "kernel=9-00000003"}
    path = "logs/attack/attack-00000001/dlib-00000002/blur/kernel=9-00000003.tsv"
    job = Job(1, "attack", wildcards, benchmark=path)
    costs = Costs()
    costs.read([job])
    assert costs.expected(job) == pytest.approx(3)


@pytest.mark.parametrize("text", ["", "s\th:m:s\n", "s\tx\nNA\tNA\n"])
def test_an_unfinished_benchmark_is_none(tmp_path, text):
    (tmp_path / "a.tsv").write_text(text)
    assert seconds_of(tmp_path / "a.tsv") is None
    assert seconds_of(tmp_path / "b.tsv") is None


def test_no_time_is_named_before_one_is_known(logs):
    tally = Tally(cores=2)
    jobs = [anonymize(number, setting=f"kernel={number}-0000000{number}") for number in range(1, 5)]
    tally.plan([*jobs, *(Job(number, "plot", {"dataset": "lfw", "kind": "x"}) for number in (5, 6))])
    assert tally.left(0.0) == "time left unknown"
    tally.start(jobs[0], 0.0)
    assert tally.finish(1, 60.0) is None
    # Three jobs of 60 s on two cores; what plots cost is not known.
    assert tally.left(60.0) == "at least 2 min left"
    tally.start(Job(5, "plot"), 60.0)
    tally.finish(5, 64.0)
    assert tally.left(64.0) == "about 2 min left"
    tally.start(jobs[1], 64.0)
    assert tally.left(94.0) == "about 77 s left", "30 s of a running job are over: (30 + 2 × 60 + 4) / 2"


def test_what_remains_is_no_shorter_than_its_longest_job(logs):
    logs("logs/anonymize/lfw/mtcnn-0000000a/blur/kernel=7-00000003.tsv", 80)
    tally = Tally(cores=16)
    tally.plan([anonymize()])
    assert tally.left(0.0) == "about 80 s left"


def test_the_rules_of_a_stage_are_one_group():
    names = ("embed_originals", "embed_anonymized", "embed_people")
    assert {Job(1, name, {"dataset": "lfw"}).group for name in names} == {"embed · lfw"}


def test_a_group_is_told_when_all_its_jobs_have_ended(logs):
    tally = Tally()
    tally.plan([anonymize(1), anonymize(2, setting="kernel=9-00000009"), Job(3, "plot", {"dataset": "lfw"})])
    for job in tally.jobs.values():
        tally.start(job, 0.0)
    assert tally.finish(1, 2.0) is None
    assert str(tally.finish(3, 1.0)) == "plot · lfw (1.0 s)"
    assert str(tally.fail(2)) == "anonymize · lfw (2 jobs, 1 failed, 2.0 s)"
    assert tally.total == 3
