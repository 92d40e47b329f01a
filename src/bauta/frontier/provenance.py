"""What went into a run: versions, config, hashes, seeds, commit; nothing that names a person or a place."""

import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from bauta.measurement import Measurement

PACKAGES = (
    "bauta",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "opencv-python-headless",
    "torch",
    "torchvision",
    "onnxruntime-gpu",
    "dlib-bin",
    "facenet-pytorch",
    "insightface",
    "mediapipe",
    "zarr",
    "numcodecs",
    "pyarrow",
    "pandas",
    "pydantic",
    "matplotlib",
    "seaborn",
    "snakemake",
    "dvc",
)


def collect(
    config: Mapping[str, Any],
    measurements: Iterable[Measurement] = (),
    repository: Path | str = ".",
    models: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Provenance of a run as JSON values; the same for the same inputs on the same machine.

    Args:
        config: The run's config; absolute paths in it are cut to their last part.
        measurements: Their hashes, seeds and thresholds are gathered: key → distinct values.
        repository: Folder whose git commit is recorded.
        models: SHA-256 of each model file, by the implementation that loads it.

    Returns:
        `versions` (null for a package that is not installed), `platform`, `config`, `seed`, `models`,
        `inputs`, `git` (`commit` and `dirty`, or null with a `reason`).
    """
    return {
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        "platform": {"system": platform.system(), "machine": platform.machine()},
        "config": _without_places(config),
        "seed": config.get("seed"),
        "models": {name: dict(files) for name, files in (models or {}).items()},
        "inputs": _inputs(measurements),
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


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _inputs(measurements: Iterable[Measurement]) -> dict[str, list[Any]]:
    """Distinct values of each provenance key by kind of measurement, such as `attack.seed`."""
    found: dict[str, set[Any]] = {}
    for one in measurements:
        for key, value in one.provenance.items():
            if value is not None:
                found.setdefault(f"{one.kind}.{key}", set()).add(_without_places(value))
    return {
        key: sorted(values, key=lambda value: (str(type(value)), value))
        for key, values in sorted(found.items())
    }


def _without_places(value: Any) -> Any:
    """The same value with absolute and home paths cut to their last part."""
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
