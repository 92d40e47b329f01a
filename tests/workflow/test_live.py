"""The report of a run while it fills."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from frontier_samples import CONFIG, run_measurements
from PIL import Image

from bauta.cli.main import main
from bauta.cli.snakemake_command import configured_by, snakemake_command, words_of
from bauta.cli.watch import _ending_with_this_process, run_watched
from bauta.errors import ConfigError
from bauta.frontier.page.payload import floors_of
from bauta.workflow.live.results import NOTHING, LiveResults
from bauta.workflow.live.server import LOOPBACK, serving

SHOWN = ("identity", "blackout", "ksame")


@pytest.fixture
def planned(tmp_path):
    """The measurements of three settings by the paths at which a run writes them."""
    found = {}
    for one in run_measurements():
        if one.backend in SHOWN:
            name = f"{one.kind}-00000000/{one.model or 'none'}"
            path = tmp_path / "measurements" / one.dataset / name / one.backend / f"{one.setting}.json"
            found[path] = one
    return found


@pytest.fixture
def results(tmp_path, planned):
    return LiveResults(
        SimpleNamespace(
            results=tmp_path,
            all_measurements=lambda: list(planned),
            pictures=list,
            limits=dict,
            whole=CONFIG,
        )
    )


def measure(planned, backends):
    for path, one in planned.items():
        if one.backend in backends:
            path.parent.mkdir(parents=True, exist_ok=True)
            one.write(path)


def setting_of(planned, backend):
    """The first setting of a backend, and the paths of its measurements by their kind."""
    setting = next(one.setting for one in planned.values() if one.backend == backend)
    kinds = {}
    for path, one in planned.items():
        if (one.backend, one.setting) == (backend, setting):
            kinds.setdefault(one.kind, []).append(path)
    return f"{backend} {setting}", kinds


def test_nothing_is_shown_of_a_setting_before_its_faces_are_counted(planned, results):
    assert NOTHING in results.page().decode()
    measure(planned, ["identity", "ksame"])
    label, kinds = setting_of(planned, "ksame")
    (coverage,) = kinds["coverage"]
    content = coverage.read_bytes()
    coverage.unlink()
    before, page = results.so_far(), results.page().decode()
    assert "identity" in page
    assert label not in page
    coverage.write_bytes(content)
    after = results.so_far()
    assert (after.measured, after.settings) == (before.measured + 1, before.settings + 1)
    assert after.version != before.version
    assert label in results.page().decode()


@pytest.mark.parametrize("kind", ["attack", "adapt"])
def test_no_attack_counts_before_all_are_there(planned, results, monkeypatch, kind):
    """The strongest of some of them would make the setting look more private than it is."""
    measure(planned, SHOWN)
    read = []
    monkeypatch.setattr("bauta.workflow.live.results.assemble", lambda found, *_: read.extend(found) or 1 / 0)
    label, kinds = setting_of(planned, "ksame")
    kinds[kind][0].unlink()
    with pytest.raises(ZeroDivisionError):
        results.page()
    of_it = {one.kind for one in read if f"{one.backend} {one.setting}" == label}
    assert "coverage" in of_it
    assert of_it.isdisjoint({"attack", "adapt", "suite"})
    assert results.so_far().settings == results.so_far().all_settings - 1


def test_the_page_is_made_once_for_what_is_there(planned, results):
    measure(planned, ["identity"])
    assert results.page() is results.page()


def test_the_page_has_the_floors_of_the_run(planned, results, monkeypatch):
    floors = {"privacy": 0.11, "utility": 0.22}
    results._plan.whole = {**CONFIG, "frontier": {**CONFIG.get("frontier", {}), "floors": floors}}
    measure(planned, SHOWN)
    shown, write = [], "bauta.workflow.live.results.write_report"
    monkeypatch.setattr(write, lambda *given: shown.append(given) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        results.page()
    assert floors_of(shown[0][0]).model_dump() == floors


def test_pictures_of_an_earlier_configuration_are_not_shown(planned, results, tmp_path):
    old = tmp_path / "synthfaces-attackers.png"
    Image.new("RGB", (8, 8)).save(old)
    results._plan.pictures = lambda: [old]
    measure(planned, ["identity"])
    assert b"data:image/" not in results.page()


def test_what_cannot_be_shown_is_a_sentence(planned, results):
    measure(planned, ["identity"])
    path = next(path for path, one in planned.items() if one.backend == "identity")
    path.write_text("<script>alert(1)</script>")
    page = results.page().decode()
    assert "cannot be shown yet" in page
    assert "<script>" not in page


def get(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return answer.read(), answer.headers


def test_the_page_its_report_and_its_state_are_served(planned, results):
    measure(planned, ["identity"])
    with serving(results) as address:
        page, headers = get(address)
        assert b'<iframe id="report"' in page
        assert headers["Cache-Control"] == "no-store"
        assert get(address + "report?0")[0] == results.page()
        assert json.loads(get(address + "state")[0])["measured"] == results.so_far().measured
    with pytest.raises(urllib.error.URLError):
        get(address)


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/state", None, 404),
        ("GET", "SECRET../state", None, 404),
        ("GET", "SECRETstate", "attacker.example", 404),
        ("GET", "SECRETstate", "localhost", 404),
        ("POST", "SECRETstate", None, 501),
    ],
)
def test_nobody_else_gets_anything(results, method, path, host, status):
    with serving(results) as address:
        place = urlsplit(address)
        assert place.hostname == LOOPBACK
        connection = HTTPConnection(place.hostname, place.port)
        connection.request(method, path.replace("SECRET", place.path), headers={"Host": host or place.netloc})
        assert connection.getresponse().status == status
        connection.close()


def test_a_reader_who_leaves_early_is_not_told_in_the_terminal(capfd):
    leaves, shown = Event(), Event()

    def page():
        shown.set()
        leaves.wait(5)
        return bytes(2**24)

    with serving(SimpleNamespace(page=page, so_far=None)) as address:
        place = urlsplit(address)
        handled = HTTPConnection(place.hostname, place.port)
        handled.request("GET", place.path + "report")
        assert shown.wait(5)
        # Closing resets the connection, as nothing that arrives is waited for.
        handled.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handled.close()
        leaves.set()
        threads = [one for one in threading.enumerate() if "process_request_thread" in one.name]
        for one in threads:
            one.join(5)
    assert capfd.readouterr().err == ""


def test_a_port_that_is_taken_is_one_line(results):
    with (
        serving(results) as address,
        pytest.raises(ConfigError, match="name another one"),
        serving(results, urlsplit(address).port),
    ):
        pass


@pytest.fixture
def project(tmp_path, monkeypatch):
    main(["init", str(tmp_path / "project")])
    monkeypatch.chdir(tmp_path / "project")


@pytest.mark.parametrize(
    ("code", "status"),
    [("raise SystemExit(0)", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
)
def test_the_status_is_that_of_the_run(project, capsys, code, status):
    assert run_watched([sys.executable, "-c", code], [], 0) == status
    assert f"http://{LOOPBACK}:" in capsys.readouterr().err


def test_a_run_elsewhere_is_refused(project):
    with pytest.raises(ConfigError, match="change to the folder"):
        watched_with("-dx")


def test_the_configuration_of_the_run_is_shown(project):
    Path("other.yaml").write_text("run: other\n")
    with pytest.raises(ConfigError, match="frontier"):
        watched_with("--configfile", "other.yaml", "--config", "frontier={bootstrap: -1}")


def watched_with(*arguments):
    return run_watched(snakemake_command(arguments), arguments, 0)


def test_the_configuration_that_a_profile_names_is_shown(project):
    Path("of_profile.yaml").write_text("run: named\nfrontier: {bootstrap: -1}\n")
    Path("mine").mkdir()
    Path("mine/config.yaml").write_text("configfile: of_profile.yaml\nconfig: [seed=3]\ncores: 1\n")
    files, values = configured_by(snakemake_command(["--profile", "mine"]))
    assert (files, values) == ([Path("of_profile.yaml")], ["seed=3"])
    with pytest.raises(ConfigError, match="frontier"):
        watched_with("--profile", "mine")
    Path("other.yaml").write_text("run: other\n")
    chosen = snakemake_command(["--profile", "mine", "--configfile", "other.yaml"])
    assert configured_by(chosen)[0] == [Path("other.yaml")], "the command line counts more"


def test_options_that_snakemake_refuses_are_left_to_it(project):
    command = snakemake_command(["--no-such-option", "--configfile", "config.yaml"])
    assert configured_by(command) == ([Path("config.yaml")], [])


@pytest.mark.skipif(not _ending_with_this_process(), reason="needs setpriv of util-linux")
def test_the_run_ends_when_the_watching_process_is_killed(project):
    run = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    watching = (
        f"from bauta.cli.watch import run_watched; run_watched([{sys.executable!r}, '-c', {run!r}], [], 0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", watching], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    child = int(process.stdout.readline())
    process.kill()
    try:
        process.communicate(timeout=60)  # until nobody holds the other end
    except subprocess.TimeoutExpired:
        os.kill(child, signal.SIGKILL)
        raise


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-n", "--configfile", "a", "b", "-j1"], ["a", "b"]),
        (["--configfile=a", "target"], ["a"]),
        (["target", "--configfiles", "a", "--configfile", "b"], ["a", "b"]),
        (["--config", "x=1"], []),
    ],
)
def test_words_of_an_option(arguments, words):
    assert words_of(arguments, ("--configfile", "--configfiles")) == words
