"""`bauta score`: what it configures, and one clear line for everything that is not as it must be."""

import re

import pytest
import yaml
from PIL import Image

from bauta.cli.main import main
from bauta.cli.score import CONFIG, WRITTEN, Scored, configuration
from bauta.config.load import parse_config
from bauta.errors import ConfigError


def _folder(root, names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(root / name)
    return root


NAMES = ("ann/1.png", "ann/2.png", "bob/1.png")


@pytest.fixture
def originals(tmp_path):
    return _folder(tmp_path / "originals", NAMES)


def test_two_folders_are_a_whole_configuration(originals, tmp_path):
    anonymized = _folder(tmp_path / "anonymized", [name.replace("png", "jpg") for name in NAMES])
    config = parse_config(configuration(Scored(originals, anonymized)))
    settings = config.anonymizers.settings("external")
    assert list(settings) == ["default", "geometry=detected"]
    assert {setting.folder("originals") for setting in settings.values()} == {anonymized}
    assert config.datasets["originals"].identities is None
    assert not config.datasets["originals"].labelled


def test_each_folder_of_a_pattern_is_a_setting(originals, tmp_path):
    for name in ("blur_9", "blur_31"):
        _folder(tmp_path / "out" / name / "data", NAMES[1:])
    (tmp_path / "out" / "other").mkdir()
    pattern = tmp_path / "out" / "blur_{setting}" / "data"
    config = parse_config(configuration(Scored(originals, pattern)))
    assert list(config.anonymizers.settings("external"))[::2] == ["setting=31", "setting=9"]


def test_labels_are_found_from_anywhere(originals, tmp_path, monkeypatch):
    (tmp_path / "labels.csv").write_text("path,expression\n")
    monkeypatch.chdir(tmp_path)
    scored = Scored(
        originals, _folder(tmp_path / "out", NAMES), (tmp_path / "labels.csv").relative_to(tmp_path)
    )
    assert configuration(scored)["datasets"]["originals"]["labels"] == str(tmp_path / "labels.csv")


def test_without_folders_of_people_nobody_is_known(tmp_path):
    names = ("1.png", "2.png")
    scored = Scored(_folder(tmp_path / "flat", names), _folder(tmp_path / "out", names))
    dataset = parse_config(configuration(scored)).datasets["originals"]
    assert "nobody is known" in dataset.identities


def _refused(folder, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["score", *map(str, arguments), "--out", str(folder / "scores")])
    line = str(stopped.value)
    assert line.startswith("error: ")
    assert "\n" not in line
    assert not (folder / "scores").exists()
    return line


def test_what_is_missing_is_one_line(originals, tmp_path):
    out = _folder(tmp_path / "out", NAMES)
    (tmp_path / "empty").mkdir()
    nowhere = tmp_path / "nowhere"
    assert f"ORIGINALS: expected a folder of pictures, and {nowhere} does not exist" in _refused(
        tmp_path, nowhere, out
    )
    assert "ANONYMIZED: expected a folder of pictures" in _refused(tmp_path, originals, nowhere)
    assert "ANONYMIZED: no pictures in" in _refused(tmp_path, originals, tmp_path / "empty")
    assert "is the folder of the originals" in _refused(tmp_path, originals, originals)
    assert "--labels: the file" in _refused(tmp_path, originals, out, "--labels", nowhere)
    assert "ANONYMIZED: no folder matches" in _refused(tmp_path, originals, tmp_path / "no" / "{setting}")
    strangers = _folder(tmp_path / "strangers", ["eve/1.png"])
    assert "no picture with the relative path of an original, such as ann/" in _refused(
        tmp_path, originals, strangers
    )
    ended = _folder(tmp_path / "ended", ["ann/1_blurred.png"])
    assert "goes into --suffix" in _refused(tmp_path, originals, ended)
    assert configuration(Scored(originals, ended, suffix="_blurred"))


def test_the_results_never_lie_among_pictures_or_other_files(originals, tmp_path):
    anonymized = _folder(tmp_path / "out", NAMES)
    for out, reason in (
        (originals / "scores", "lies in ORIGINALS"),
        (anonymized, "lies in ANONYMIZED"),
        (tmp_path, "holds something else"),
        (originals / NAMES[0], "lies in ORIGINALS"),
    ):
        with pytest.raises(SystemExit, match=reason):
            main(["score", str(originals), str(anonymized), "--out", str(out)])


def test_an_earlier_score_is_continued(originals, tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(
        "bauta.cli.score.subprocess.run",
        lambda command, cwd, check: called.append((command, cwd)) or type("Done", (), {"returncode": 0}),
    )
    anonymized, out = _folder(tmp_path / "out", NAMES), tmp_path / "scores"
    for cores in ("2", "3"):
        main(["score", str(originals), str(anonymized), "--out", str(out), "--cores", cores])
    text = (out / CONFIG).read_text()
    assert text.startswith(WRITTEN)
    parse_config(yaml.safe_load(text))
    (command, cwd), (again, _) = called
    assert cwd == out
    assert command[-2:] == ["--cores", "2"]
    assert again[-2:] == ["--cores", "3"]


@pytest.mark.parametrize("arguments", [["a"], ["a", "b", "--cores", "0"], ["a", "b", "--label", "x"]])
def test_wrong_arguments_are_explained(arguments, capsys):
    with pytest.raises(SystemExit):
        main(["score", *arguments])
    said = capsys.readouterr().err
    assert re.search(
        "Missing argument 'ANONYMIZED'|Invalid value for '--cores'|No such option: --label", said
    )


def test_a_command_that_failed_says_so(originals, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "bauta.cli.score.subprocess.run", lambda *_, **__: type("Done", (), {"returncode": 1})
    )
    with pytest.raises(SystemExit, match="the run did not finish"):
        main(["score", str(originals), str(_folder(tmp_path / "out", NAMES)), "--out", str(tmp_path / "s")])


def test_the_configuration_refuses_what_the_folders_cannot_be(originals):
    with pytest.raises(ConfigError, match="expected a folder of pictures"):
        configuration(Scored(originals / NAMES[0], originals))
