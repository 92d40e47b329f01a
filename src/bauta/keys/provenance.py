"""Provenance of a run: versions, config, hashes, seeds and commit; nothing that names a person or place."""

import platform
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from bauta.keys.registries import REGISTRIES
from bauta.keys.versions import VERSIONS
from bauta.measurement import Measurement

NAMES = """
    bauta numpy scipy scikit-image opencv-python-headless torch torchvision onnxruntime
    onnxruntime-gpu dlib-bin insightface mediapipe zarr numcodecs pyarrow pandas moocore pydantic
    matplotlib seaborn snakemake dvc
"""
PACKAGES = NAMES.split()


def collect(
    config: Mapping[str, Any],
    measurements: Iterable[Measurement] = (),
    repository: Path | str = ".",
    models: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Collect the provenance of a run as JSON values; the same for the same inputs on the same machine.

    Args:
        config: The run's config; absolute paths in it are reduced to their last component.
        measurements: Their hashes, seeds and thresholds are collected: `kind.key` → distinct values.
        repository: The folder whose git commit is recorded.
        models: SHA-256 of each model file, by the implementation that loads it.

    Returns:
        `versions` (null for a package that is not installed), `code` (versions of the stages and of the
        implementations that the config names), `platform`, `config`, `seed`, `models`, `inputs`, `git`
        (`commit` and `dirty`, or null with a `reason`).
    """
    inputs: dict[str, set[Any]] = {}
    for one in measurements:
        for key, value in one.provenance.items():
            if value is not None:
                inputs.setdefault(f"{one.kind}.{key}", set()).add(_without_places(value))
    return {
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        "code": _code_versions(config),
        "platform": {"system": platform.system(), "machine": platform.machine()},
        "config": _without_places(config),
        "seed": config.get("seed"),
        "models": {name: dict(files) for name, files in (models or {}).items()},
        "inputs": {
            key: sorted(values, key=lambda value: (str(type(value)), value))
            for key, values in sorted(inputs.items())
        },
        "git": git_commit(repository),
    }


def git_commit(repository: Path | str) -> dict[str, Any]:
    """The commit of a working tree and whether tracked files differ from it, or null with a reason."""
    git = shutil.which("git")
    if git is None:
        return {"commit": None, "dirty": None, "reason": "git is not installed"}
    commit = _git(git, repository, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None, "reason": "not a git repository with a commit"}
    changes = _git(git, repository, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes)}


def _git(git: str, repository: Path | str, *arguments: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - a fixed program and fixed arguments
        [git, "-C", str(repository), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _code_versions(config: Mapping[str, Any]) -> dict[str, int | str]:
    stages = {name: version for name, version in VERSIONS.items() if "/" not in name}
    named = set(_words(config))
    for room, registry in REGISTRIES.items():
        stages |= {f"{room}/{name}": VERSIONS[f"{room}/{name}"] for name in registry if name in named}
    return stages


def _words(value: Any) -> Iterator[str]:
    """Every key and text of a config."""
    if isinstance(value, Mapping):
        yield from map(str, value)
        for item in value.values():
            yield from _words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield value


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _without_places(value: Any) -> Any:
    """Reduce absolute and home paths in a value to their last component."""
    if isinstance(value, Mapping):
        return {str(key): _without_places(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(item) for item in value]
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        for kind in (PurePosixPath, PureWindowsPath):
            path = kind(value)
            if path.is_absolute() or value.startswith("~"):
                return f"…/{path.name}"
    return value
