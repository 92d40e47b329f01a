"""The command `bauta`: projects, what it passes to Snakemake, and what it says of a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from bauta import __version__
from bauta.cli.main import main
from bauta.cli.model_list import model_lines
from bauta.cli.snakemake_command import snakemake_command
from bauta.errors import ConfigError
from bauta.io.workflow_files import workflow_folder
from bauta.models.store import ModelStore

ROOT = Path(__file__).parents[2]

HEAVY = (
    "torch",
    "onnxruntime",
    "mediapipe",
    "dlib",
    "pandas",
    "pyarrow",
    "cv2",
    "numpy",
    "zarr",
    "snakemake",
)


def test_nothing_heavy_is_imported_before_a_command_is_known():
    code = f"import sys, bauta.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_it_says_its_version(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"bauta {__version__}\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["statsu"], "status"), (["clean-stale", "--forgt", "x"], "--forget"), (["slurm", "resum"], "resume")],
)
def test_an_unknown_word_is_answered_with_the_nearest(words, meant, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert meant in capsys.readouterr().err


def test_a_project_is_made_once_and_overwrites_nothing(tmp_path, capsys):
    folder = tmp_path / "new" / "faces"
    main(["init", str(folder)])
    assert f"cd {folder} && bauta run" in capsys.readouterr().out
    there = {path.name for path in folder.iterdir()}
    assert there == {
        *("README.md", "Snakefile", ".gitignore"),
        *("config.yaml", "config", "data", "profiles", "slurm"),
    }
    assert (folder / "config.yaml").read_text() == (ROOT / "config.yaml").read_text()
    assert len((folder / "README.md").read_text().splitlines()) == 5
    assert (folder / "data").stat().st_mode & 0o077 == 0
    (folder / "config.yaml").write_text("run: mine\n")
    with pytest.raises(SystemExit, match=r"error: .*faces is not empty \(.gitignore is there\)"):
        main(["init", str(folder)])
    assert (folder / "config.yaml").read_text() == "run: mine\n"
    with pytest.raises(SystemExit, match=r"error: .*README.md is a file"):
        main(["init", str(folder / "README.md")])
    (tmp_path / "empty").mkdir()
    main(["init", str(tmp_path / "empty")])


@pytest.mark.slow
@pytest.mark.parametrize("program", [("bauta", "run"), ("snakemake", "--cores", "1")], ids=" ".join)
def test_a_project_plans_the_default_run(program, tmp_path):
    main(["init", str(tmp_path / "x")])
    command = [sys.executable, "-m", *program, "-n", "--config", "frontier={bootstrap: 100}"]
    done = subprocess.run(command, cwd=tmp_path / "x", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "anonymize                15" in done.stdout
    assert not (tmp_path / "x/cache").exists()


@pytest.mark.parametrize("images", ["inf", "nan", "0", "many"])
def test_a_plan_needs_a_number_of_images(images, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["plan", "--images", images])
    assert stopped.value.code == 2
    assert "--images" in capsys.readouterr().err


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ([], ["--snakefile", "WHEEL", "--cores", "all"]),
        (["-n", "models", "--config", "seed=1"], ["--snakefile", "WHEEL", "--cores", "all"]),
        (["--cores", "2"], ["--snakefile", "WHEEL"]),
        (["-c4"], ["--snakefile", "WHEEL"]),
        (["--jobs=3"], ["--snakefile", "WHEEL"]),
        (["--profile", "slurm"], ["--snakefile", "WHEEL"]),
        (["-s", "mine", "-j", "1"], []),
    ],
)
def test_snakemake_gets_what_is_missing_and_all_that_is_given(place, given, added):
    snakefile = str(workflow_folder() / "Snakefile")
    expected = [snakefile if word == "WHEEL" else word for word in added]
    assert snakemake_command(given) == [sys.executable, "-m", "snakemake", *expected, *given]


def test_v_is_snakemakes_own_console(place):
    command = snakemake_command(["-n", "-v", "models"])
    assert command[-4:] == ["-n", "--logger-bauta-console", "snakemake", "models"]


def test_a_snakefile_of_the_folder_comes_first(place):
    (place / "Snakefile").touch()
    assert snakemake_command(["-c1"])[3:] == ["--snakefile", str(place / "Snakefile"), "-c1"]


def test_run_hands_its_words_on_in_their_order(place, monkeypatch):
    called = []
    monkeypatch.setattr("os.execv", lambda program, command: called.append((program, command)))
    words = ["-np", "results/x.csv", "--cores", "3", "--config", "seed=1", "run=x", "--forceall"]
    main(["run", *words])
    ((program, command),) = called
    assert program == sys.executable
    assert command[-len(words) :] == words


def test_models_are_listed_with_their_terms_and_places(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "yunet").mkdir()
    lines = {line.split()[0]: line for line in model_lines(ModelStore(None, tmp_path))}
    assert "permissive" in lines["mtcnn_pnet"]
    assert lines["mtcnn_pnet"].endswith("mtcnn_weights/pnet.onnx")
    assert "research" in lines["ciagan"]
    assert "not here: get it from https://" in lines["ciagan"]
    assert "not here: `bauta convert` makes it" in lines["ganonymization_25"]


def test_a_configuration_that_is_not_there_is_one_line(place):
    with pytest.raises(SystemExit, match=r"^error: config: config\.yaml cannot be read: No such file"):
        main(["status"])
    (place / "config.yaml").write_text("run: mine\n")
    with pytest.raises(SystemExit, match=r"^error: --config: expected key=value, got 'seed'"):
        main(["status", "--config", "seed"])


def test_completion_knows_the_commands():
    """As a shell asks for it."""
    environment = {
        "_BAUTA_COMPLETE": "complete_bash",
        "COMP_WORDS": "bauta cle",
        "COMP_CWORD": "1",
        "PATH": "",
    }
    environment["PYTHONPATH"] = str(ROOT / "src")
    done = subprocess.run(
        [sys.executable, "-m", "bauta"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["clean-stale"]


@pytest.mark.parametrize("words", [["--configfile", "no.yaml", "-n"], ["-n", "--configfile=no.yaml"]])
def test_run_names_a_configuration_that_is_not_there_before_snakemake_does(place, words):
    with pytest.raises(ConfigError, match=r"^--configfile: the file no.yaml does not exist$"):
        snakemake_command(words)
    (place / "no.yaml").write_text("run: x\n")
    assert snakemake_command(words)[-2:] == words[-2:]
