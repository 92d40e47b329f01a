"""`bauta apply`: its options and its messages; tests/apply has the rest."""

import sys

import numpy as np
import pytest
from PIL import Image

from bauta.apply.results import Results
from bauta.apply.rows import Row
from bauta.cli.apply_commands import _video_editor
from bauta.cli.main import main


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((30, 30, 3), np.uint8)).save(path)
    return str(path)


@pytest.fixture
def asked(monkeypatch):
    """The requests that reach the library, which answers with one released face."""
    requests = []

    def answer(request, **_):
        requests.append(request)
        return Results({"a.png": [Row("a.png", "a.png", "released", "x", 0, outcome="anonymized")]})

    monkeypatch.setattr("bauta.apply.run.apply_files", answer)
    return requests


@pytest.mark.parametrize(
    ("options", "label"),
    [
        (["--anonymizer", "blur", "--kernel", "61"], "blur kernel=61"),
        (
            ["--anonymizer", "blur", "--set", "kernel=61", "--set", "region=crop"],
            "blur kernel=61,region=crop",
        ),
        (["--setting", "pixelate block=16"], "pixelate block=16"),
        (["--anonymizer", "pixelate", "--block", "8"], "pixelate block=8"),
        (["--setting", "blackout"], "blackout"),
    ],
)
def test_what_to_apply(options, label, picture, tmp_path, asked, capsys):
    main(["apply", picture, "-o", str(tmp_path / "out"), *options])
    (request,) = asked
    assert request.setting.label == label
    assert capsys.readouterr().out == f"{label}: 1 files (1 released), 1 faces (1 anonymized)\n"


def test_every_option_arrives(picture, tmp_path, asked):
    options = ["--fallback", "blur", "--detector", "yunet", "--min-face", "40", "--quality", "80"]
    options += ["--drop-profile", "--keep-unprocessed", "--resume", "--overwrite", "--workers", "3"]
    options += ["--verify", "--recognizer", "mobilefacenet", "--threshold", "0.4", "--review-originals"]
    main(["apply", picture, "-o", str(tmp_path / "out"), "--setting", "blackout", *options])
    (request,) = asked
    assert (request.fallback, request.detector, request.min_face) == ("blur", "yunet", 40)
    assert (request.recognizer, request.threshold) == ("mobilefacenet", 0.4)
    assert request.resume
    assert request.overwrite
    written = request.options
    assert (written.quality, written.keep_profile, written.keep_unprocessed) == (80, False, True)
    assert (written.review, written.review_originals, written.workers) == (True, True, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name what to apply, once: --run results/demo"),
        (["--setting", "blackout", "--anonymizer", "blur"], "name what to apply, once"),
        (["--run", "results/none"], "results/none is not a folder; name the results of a finished run"),
        (["--run", "x", "--kernel", "3"], "leave out --anonymizer and its options"),
        (["--dataset", "lfw", "--setting", "blackout"], "name the run with --run"),
        (["--anonymizer", "blur", "--kernel", "60"], "expected an odd number, got 60"),
        (["--anonymizer", "ksame", "--set", "k=5"], "ksame cannot be applied to pictures"),
        (["--anonymizer", "blackout", "--kernel", "5"], "setting blackout: unknown option 'kernel'"),
        (["--setting", "blackout", "--detector", "full_frame"], "does not look at the image"),
        (["--setting", "blackout", "--min-face", "1"], "expected 12 to 1000 pixels, got 1"),
    ],
)
def test_a_mistake_takes_one_line(options, said, picture, tmp_path):
    with pytest.raises(SystemExit) as end:
        main(["apply", picture, "-o", str(tmp_path / "out"), *options])
    message = str(end.value)
    assert message.startswith("error: ")
    assert said in message
    assert "\n" not in message
    assert not (tmp_path / "out").exists()


def test_the_exit_status_tells_what_was_not_processed(picture, tmp_path, monkeypatch):
    def answer(request, **_):
        return Results({"a.png": [Row("a.png", None, "withheld", "x", outcome="unreadable")]})

    monkeypatch.setattr("bauta.apply.run.apply_files", answer)
    with pytest.raises(SystemExit) as end:
        main(["apply", picture, "-o", str(tmp_path / "out"), "--setting", "blackout"])
    assert end.value.code == 3


def test_the_help_names_every_group(capsys):
    main(["apply", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for words in ("What to apply", "What is written", "Exit status", "unprocessed/", "--keep-unprocessed"):
        assert words in text


def test_options_of_videos_arrive(picture, tmp_path, asked):
    options = ["--codec", "hevc", "--video-quality", "24", "--audio", "drop", "--bridge", "2"]
    main(["apply", picture, "-o", str(tmp_path / "out"), "--setting", "blackout", *options])
    (request,) = asked
    assert request.video == {
        "codec": "hevc",
        "quality": 24,
        "lossless": False,
        "audio": "drop",
        "bridge": 2.0,
        "close_look": None,
    }
    assert request.described()["video"] == request.video
    files = _video_editor(request)
    assert files.options.encoding.options("hevc")["crf"] == "24"
    assert (files.options.bridge, files.options.closely, files.keep_unprocessed) == (2.0, 0.25, False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lossless", "--video-quality", "3"], "a lossless video has no quality"),
        (["--video-quality", "64"], "expected a quality from 0 to 63, got 64"),
        (["--bridge", "61"], "expected a bridge of 0 to 60 seconds, got 61"),
        (["--close-look", "0.5"], "expected a close look every 0 to 0.25 seconds"),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_mistake_in_an_option_of_videos_takes_one_line(dry, options, said, picture, tmp_path):
    with pytest.raises(SystemExit) as end:
        main(["apply", picture, "-o", str(tmp_path / "out"), "--setting", "blackout", *options, *dry])
    assert said in str(end.value.code)
    assert "\n" not in str(end.value.code)
    assert not (tmp_path / "out").exists()


def test_videos_are_withheld_without_their_packages(picture, tmp_path, monkeypatch, asked):
    main(["apply", picture, "-o", str(tmp_path / "out"), "--setting", "blackout"])
    for name in [one for one in sys.modules if one.startswith("bauta.video.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
    assert _video_editor(asked[0]) is None
