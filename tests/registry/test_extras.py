"""Implementations whose packages come with an extra: what is said without it, and who does without it."""

import subprocess
import sys

import grimp
import pytest


@pytest.mark.parametrize(
    ("registry", "name", "package", "wanted"),
    [
        ("detect:DETECTORS", "scrfd_500m", "insightface", "'bauta[insightface]'"),
        ("recognize:RECOGNIZERS", "arcface_r50", "insightface", "'bauta[insightface]'"),
        ("landmarks:LANDMARKERS", "insight106", "insightface", "'bauta[insightface]'"),
        ("detect:DETECTORS", "mediapipe_face", "mediapipe", "'bauta[mediapipe]'"),
        ("parse:PARSERS", "farl_lapa", "facer", "'bauta[facer]'"),
        ("recognize:RECOGNIZERS", "facenet_vggface2", "torch", "torch"),
    ],
)
def test_a_package_that_is_not_installed_is_named_in_one_line(registry, name, package, wanted):
    module, attribute = registry.split(":")
    code = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        f"from bauta.{module} import {attribute}\n"
        f"{attribute}.load({name!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    line = f"'{name}' needs the package {package}, which is not installed: pip install {wanted}"
    assert done.stderr.splitlines()[-1].endswith(line)
    assert "MissingPackageError: " in done.stderr.splitlines()[-1]


def test_nothing_else_needs_insightface():
    imports = grimp.build_graph("bauta", include_external_packages=True, cache_dir=None)
    assert imports.find_downstream_modules("insightface") == {
        "bauta.detect.scrfd",
        "bauta.landmarks.insight",
        "bauta.recognize.arcface",
    }
