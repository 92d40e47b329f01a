"""What a run of many images is said to cost, against closed forms."""

import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from projects import TINY, make_project

from bauta.workflow.forecast.forecast import BOUND, NOT_MEASURED, Machine, forecast
from bauta.workflow.forecast.laws import Fit, Law, Sample, fit
from bauta.workflow.forecast.measured import ImageCounts, Measured, kind_of, read_measured
from bauta.workflow.forecast.planned import PlannedJob
from bauta.workflow.forecast.table import lines
from bauta.workflow.progress.jobs import Job

INDEX = {100: "00000010", 400: "00000040", 900: "00000090"}
CROP = {images: digest.replace("000000", "000001") for images, digest in INDEX.items()}
KEYS = {digest: {"stage": "index", "parents": []} for digest in INDEX.values()} | {
    CROP[images]: {"stage": "crop", "parents": [{"stage": "index", "digest": INDEX[images]}]}
    for images in INDEX
}
LOG = "2026-11-30 INFO bauta.workflow.job: on {host}, threads: 1, computes on {device}: this\nmore\n"


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Leaves what a job leaves."""
    monkeypatch.chdir(tmp_path)
    for images, digest in INDEX.items():
        path = Path(f"cache/lfw/index-{digest}/manifest.parquet")
        path.parent.mkdir(parents=True)
        pq.write_table(pa.table({"image_id": list(range(images))}), path)

    def leave(job, seconds, host="here", device="the CPU, no GPU"):
        path = Path(job.benchmark)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n")
        path.with_suffix(".log").write_text(LOG.format(host=host, device=device))

    return leave


def embed(images=100, setting=1, backend="blur", number=1):
    crop, key = f"mtcnn-{CROP[images]}", f"kernel={setting}-000000a{setting}"
    wildcards = {
        "dataset": "lfw",
        "crop": crop,
        "recognizer": "dlib-0000000c",
        "backend": backend,
        "setting": key,
    }
    path = f"logs/embed/lfw/{crop}/dlib-0000000c/{backend}/{key}.tsv"
    outputs = (f"cache/lfw/{crop}/embeddings/dlib-0000000c/{backend}/{key}.zarr",)
    return Job(number, "embed_anonymized", wildcards, benchmark=path, outputs=outputs)


def counts():
    return ImageCounts(KEYS, {"lfw": INDEX[100]})


@pytest.mark.parametrize(
    ("law", "factors"),
    [(Law.LINEAR, (2.5, 0.03, 0)), (Law.LINEAR, (0, 0.03, 0)), (Law.PAIRS, (1.5, 0.01, 2e-5))],
)
def test_a_law_is_found_again(law, factors):
    def seconds(images):
        return sum(factor * images**power for power, factor in enumerate(factors))

    found = fit([Sample(images, seconds(images)) for images in (84, 84, 168, 500)], law)
    assert not found.bound
    assert found.seconds(1e6) == pytest.approx(seconds(1e6), rel=1e-6)


def test_of_one_number_of_images_the_time_is_a_bound():
    found = fit([Sample(100, 3), Sample(100, 5), Sample(100, 4)], Law.LINEAR)
    assert found == Fit({1: 0.04}, bound=True)


@pytest.mark.parametrize("seconds", [3, 4, 5])
def test_noise_and_a_long_start_make_no_image_free(seconds):
    found = fit([Sample(100, 4), Sample(200, seconds)], Law.LINEAR)
    assert found == Fit({1: seconds / 200}, bound=True)


def test_pairs_are_not_guessed_from_two_numbers_of_images():
    assert "not on 2" in fit([Sample(100, 4), Sample(200, 9)], Law.PAIRS)


@pytest.mark.parametrize("pairs", [0, 1e-8])
def test_pairs_are_not_guessed_from_images_so_few_that_they_do_not_show(pairs):
    samples = [Sample(images, 1 + 0.01 * images + pairs * images**2) for images in (100, 200, 400)]
    assert "does not show on 400" in fit(samples, Law.PAIRS)


def test_what_reads_no_images_takes_as_long_for_any_number():
    assert fit([Sample(0, 1), Sample(0, 9), Sample(0, 2)], Law.FIXED).seconds(1e9) == 2


def test_jobs_are_measured_with_the_images_of_their_time(ran):
    for images, seconds in ((100, 2), (400, 5)):
        ran(embed(images), seconds)
    found = read_measured([embed(100, 2)], counts(), "here", {})
    assert set(found.samples[kind_of(embed())]) == {Sample(100, 2.0), Sample(400, 5.0)}


@pytest.mark.parametrize(
    ("left", "devices", "reason"),
    [
        ({"host": "there"}, {}, "measured on another machine"),
        ({}, {"embed_anonymized": "GPU"}, "measured on the CPU, not on a GPU"),
        ({"device": "GPU 0"}, {"embed_anonymized": "the CPU"}, "measured on a GPU, not on the CPU"),
    ],
)
def test_what_was_measured_elsewhere_counts_for_nothing(ran, left, devices, reason):
    ran(embed(), 2, **left)
    found = read_measured([embed()], counts(), "here", devices)
    assert not found.samples
    assert found.others == {kind_of(embed()): reason}


def test_a_job_whose_manifest_is_gone_counts_for_nothing(ran):
    ran(embed(400), 2)
    Path(f"cache/lfw/index-{INDEX[400]}/manifest.parquet").unlink()
    found = read_measured([embed()], counts(), "here", {})
    assert not found.samples
    assert list(found.others.values()) == ["the images of the dataset are not known any more"]


def test_a_detector_is_not_measured_by_another():
    jobs = [Job(1, "detect", {"dataset": "lfw", "crop": f"{name}-00000001"}) for name in ("mtcnn", "scrfd")]
    assert kind_of(jobs[0]) != kind_of(jobs[1])


def test_hours_and_bytes_in_closed_form(ran):
    """Two jobs of 1 s and 0.01 s an image, and 50 bytes of each image, for a million images."""
    jobs = [embed(100, setting, number=setting) for setting in (1, 2)]
    for job in jobs:
        ran(job, 2)
        Path(job.outputs[0]).mkdir(parents=True)
        (Path(job.outputs[0]) / "c").write_bytes(bytes(5000))
    for images in (400, 900):
        ran(embed(images), 1 + images / 100)
    measured = read_measured(jobs, counts(), "here", {})
    planned = [PlannedJob(job, gpus=1) for job in jobs]
    (stage,) = forecast(planned, measured, counts(), Machine(2, 16), 1_000_000)
    assert stage.jobs == 2
    assert stage.hours == pytest.approx(10_001 / 3600)
    assert stage.size == pytest.approx(2 * 50 * 1e6)
    assert stage.sizes == {100, 400, 900}
    assert list(stage.notes()) == []
    (alone,) = forecast(planned, measured, counts(), Machine(1, 16), 1_000_000)
    assert alone.hours == pytest.approx(2 * stage.hours)
    (many,) = forecast(planned, measured, counts(), Machine(8, 16), 1_000_000)
    assert many.hours == pytest.approx(10_001 / 3600), "no more than one GPU works on a job"


def test_what_was_not_measured_is_empty_with_a_reason():
    samples = {kind_of(embed()): [Sample(100, 2.0)]}
    planned = [PlannedJob(embed()), PlannedJob(embed(backend="pixelate", number=2))]
    found = forecast(planned, Measured(samples, {}), counts(), Machine(0, 1), 3600)
    (stage,) = found
    assert stage.hours == pytest.approx(0.02)
    assert (f"no hours: {NOT_MEASURED}", "embed (1 of 2 jobs)") in list(stage.notes())
    assert (BOUND, "embed (1 of 2 jobs)") in list(stage.notes())
    text = list(lines(found, Machine(0, 1), 3600, 100))
    assert text[3].split() == ["embed", "2", "50", "1", "job", "at", "100", "0.02"]


def test_a_job_goes_through_a_line_of_text():
    record = {
        "jobid": 3,
        "rule_name": "align",
        "wildcards": {"dataset": "lfw"},
        "threads": 2,
        "output": ["a", "b"],
    }
    planned = PlannedJob.of_record({**record, "benchmark": "logs/a.tsv", "resources": {"gpu": 1}})
    assert PlannedJob.of_line(planned.line()) == planned
    assert planned.gpus == 1
    assert PlannedJob.of_record({**record, "resources": SimpleNamespace(get=lambda *_: 0)}).gpus == 0
    json.loads(planned.line())


@pytest.mark.slow
def test_a_run_that_was_never_made_has_no_number(tmp_path):
    project = make_project(tmp_path)
    project.configure(TINY)
    text = project.bauta("plan", "--images", "1e6", "--gpus", "8").stdout
    assert text.startswith("1,000,000 images of each dataset on 8 GPUs")
    rows = [line.split() for line in text.splitlines()[3:] if line]
    stages = {row[0]: row[1:] for row in rows[: rows.index(next(row for row in rows if row[0] == "what"))]}
    assert stages["embed"] == ["6"]
    assert f"no hours: {NOT_MEASURED}" in text
