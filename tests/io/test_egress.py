"""Nothing leaves the machine: what libraries report by themselves is off before they are imported."""

import ast
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from watched import CACHES, bare, watch

import bauta
from bauta.io.egress import NOWHERE, SWITCHES, cut_off_curl, switch_off

ROOT = Path(__file__).parents[2]
PACKAGE = Path(bauta.__file__).parent
GRAPH = PACKAGE / "express/resnet18_fer2013/weights.onnx"
OF_OTHERS = {"dvc.cli", "dvc.repo", "huggingface_hub", "insightface", "seaborn", "snakemake.cli", "timm"}
"""Modules that bauta does not import, but its dependencies or its users do."""

SESSION = f"""
from bauta.inference.onnx_session import open_session
session = open_session({str(GRAPH)!r}, threads=1)
"""

MESH = """
from pathlib import Path
import numpy as np
from bauta.contract import CropContract
from bauta.landmarks.mediapipe478 import MediaPipe478
from bauta.models.store import ModelStore
models = ModelStore(folder=Path({folder!r}), cache=Path({folder!r}))
with MediaPipe478(CropContract(), models) as landmarker:
    landmarker.locate(np.zeros((2, 256, 256, 3), np.uint8))
"""


def python(code, home):
    """Run some code with an empty home folder."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare(home), capture_output=True, text=True, check=False, cwd=home
    )
    assert done.returncode == 0, done.stderr


def left_in(home, *caches):
    """Files in a home folder outside some caches and the folder for temporary files."""
    files = (path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir())
    return [name for name in files if not name.startswith(("tmp/", *(f"{cache}/" for cache in caches)))]


def third_party():
    """Every module outside Python and bauta that some module of bauta imports."""
    found = set(OF_OTHERS)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    known = {*sys.stdlib_module_names, "bauta"}
    return sorted(name for name in found if name.partition(".")[0] not in known)


def test_the_package_sets_every_switch_before_anything_else(tmp_path):
    home = tmp_path / "home"
    variables = [switch.variable for switch in SWITCHES]
    python(
        f"import sys, os, bauta; assert all(os.environ[v] == '1' for v in {variables}); "
        "assert 'onnxruntime' not in sys.modules",
        home,
    )


@pytest.mark.parametrize("given", ["1", "true", "YES"])
def test_what_is_off_already_stays_as_it_was_set(given, caplog):
    environment = {switch.variable: given for switch in SWITCHES}
    switch_off(environment)
    assert set(environment.values()) == {given}
    assert caplog.text == ""


@pytest.mark.parametrize("given", ["0", "false", "off", "no"])
def test_a_switch_that_was_set_the_other_way_is_turned_and_said(given, caplog):
    environment = {"ORT_DISABLE_TELEMETRY": given}
    with caplog.at_level(logging.WARNING):
        switch_off(environment)
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert f"ORT_DISABLE_TELEMETRY={given} is replaced by 1: ONNX Runtime" in caplog.text
    assert len(caplog.records) == 1


def test_curl_finds_no_way_out_by_any_variable_that_a_user_may_have_set():
    environment = {"https_proxy": "http://proxy.example", "NO_PROXY": "*", "no_proxy": "googleapis.com"}
    cut_off_curl(environment)
    assert environment["https_proxy"] == environment["HTTPS_PROXY"] == NOWHERE
    assert environment["no_proxy"] == environment["NO_PROXY"] == "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    "opened", ["landmarks.mediapipe478:MediaPipe478", "detect.mediapipe_face:MediapipeFace"], ids=str
)
def test_no_task_of_mediapipe_opens_before_curl_is_cut_off(opened, tmp_path):
    module, name = opened.split(":")
    arguments = "CropContract(), Models()" if name == "MediaPipe478" else "Models()"
    code = f"""
import os
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.{module} import {name}
class Models:
    def path(self, name):
        return {str(tmp_path / "none")!r}
try:
    {name}({arguments})
except (ModelError, FileNotFoundError):
    pass
assert os.environ["https_proxy"] == {NOWHERE!r}
"""
    python(code, tmp_path / "home")


def test_a_session_of_onnx_runtime_leaves_nothing_in_the_home_folder(tmp_path):
    python(SESSION, tmp_path / "home")
    assert left_in(tmp_path / "home") == []


def test_a_session_of_onnx_runtime_reaches_for_nobody(tmp_path):
    home = tmp_path / "home"
    seen = watch([sys.executable, "-c", SESSION + "import time; time.sleep(2)"], tmp_path, home)
    assert seen.reached == []
    assert seen.strayed(home / "tmp") == []


@pytest.mark.slow
def test_no_dependency_reaches_for_anybody_or_writes_outside_its_named_cache(tmp_path):
    home = tmp_path / "home"
    lines = ["import bauta, importlib", *(f"importlib.import_module({name!r})" for name in third_party())]
    seen = watch([sys.executable, "-c", "\n".join(lines)], tmp_path, home)
    assert seen.reached == []
    assert seen.strayed(home / "tmp", *(home / cache for cache in CACHES)) == []
    assert left_in(home, *CACHES) == []


@pytest.mark.models
def test_mediapipe_reaches_for_nobody(tmp_path, real_models):
    folder = str(real_models("mediapipe_face_landmarker").folder)
    home = tmp_path / "home"
    seen = watch([sys.executable, "-c", MESH.format(folder=folder)], tmp_path, home)
    assert seen.reached == []
    assert seen.strayed(home / "tmp", *(home / cache for cache in CACHES)) == []


def test_the_guard_sees_a_look_up_a_connection_and_a_file(tmp_path):
    code = """
import socket, pathlib, threading
try:
    socket.getaddrinfo("example.org", 443)
except OSError:
    pass
def reach():
    try:
        socket.create_connection(("203.0.113.7", 443), timeout=1)
    except OSError:
        pass
thread = threading.Thread(target=reach); thread.start(); thread.join()
pathlib.Path(pathlib.Path.home(), "device-id").write_text("here")
pathlib.Path(pathlib.Path.home(), "folder").mkdir()
"""
    seen = watch([sys.executable, "-c", code], tmp_path, tmp_path / "home")
    assert any("resolv.conf" in call for call in seen.reached)
    assert any("203.0.113.7" in call for call in seen.reached)
    assert seen.strayed(tmp_path / "home/tmp") == [
        str(tmp_path / "home" / name) for name in ("device-id", "folder")
    ]


def test_the_documentation_names_every_switch_and_cache():
    page = (ROOT / "docs/sharing.md").read_text()
    for name in (*(switch.variable for switch in SWITCHES), *CACHES):
        assert f"`{name}`" in page or f"`~/{name}`" in page, name
