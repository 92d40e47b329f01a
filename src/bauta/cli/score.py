"""`bauta score`: the workflow on two folders, the originals and what another program made of them."""

import logging
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bauta.anonymize.external.listed import Pictures
from bauta.cli.snakemake_command import snakemake_command
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.image_formats import SUFFIXES
from bauta.io.permissions import keep_private
from bauta.io.walk import walk
from bauta.io.workflow_files import snakefile_for

log = logging.getLogger(__name__)

RUN = "score"
DATASET = "originals"
SETTING = "{setting}"
CONFIG = "config.yaml"

WRITTEN = "# Written by `bauta score`, which replaces this file. Copy it to change more."
"""First line of the configuration, by which a folder of an earlier call is recognized."""


@dataclass(frozen=True)
class Scored:
    """What is scored.

    Attributes:
        originals: Folder of the originals, with one folder a person.
        anonymized: Folder of the anonymized pictures with the same relative paths; may contain `{setting}`.
        labels: CSV file with the columns path and expression, or None.
        suffix: What the program adds to names before the dot.
        subject_level: Level of the folder that names the person; None for the first.
    """

    originals: Path
    anonymized: Path
    labels: Path | None = None
    suffix: str = ""
    subject_level: int | None = None


def score(scored: Scored, out: Path, snakemake: Sequence[str]) -> int:
    """Write a configuration into a folder, run the workflow there, and put its results on top.

    Args:
        scored: The folders.
        out: The folder; one of an earlier call continues.
        snakemake: Further arguments of Snakemake, such as `--cores 4`.

    Returns:
        The exit status of Snakemake.

    Raises:
        ConfigError: a folder is missing, empty or of something else, or `out` is in use for something else.
    """
    config = configuration(scored)
    _check_out(out, scored)
    out.mkdir(parents=True, exist_ok=True)
    keep_private(out)
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    (out / CONFIG).write_text(f"{WRITTEN}\n{text}", encoding="utf-8")
    command = snakemake_command(["--snakefile", str(snakefile_for(out)), *snakemake])
    done = subprocess.run(command, cwd=out, check=False)  # noqa: S603 - this Python
    results = out / layout.RESULTS / RUN
    if done.returncode == 0 and (results / layout.TABLE).is_file():
        _put_on_top(results, out)
    return done.returncode


def configuration(scored: Scored) -> dict[str, Any]:
    """Return the configuration that scores the folders.

    Raises:
        ConfigError: a folder or file is missing, empty or the same, or no picture belongs to an original.
    """
    names = _images(scored.originals, "ORIGINALS")
    settings = _settings(scored.anonymized)
    for name in settings or [""]:
        _check_pictures(scored, Path(str(scored.anonymized).replace(SETTING, name)), names)
    dataset: dict[str, Any] = {"adapter": "folder", "root": str(scored.originals.absolute())}
    if scored.labels is not None:
        if not scored.labels.is_file():
            raise ConfigError(f"--labels: the file {scored.labels} does not exist")
        dataset["labels"] = str(scored.labels.absolute())
    if scored.subject_level is not None:
        dataset["subject_level"] = scored.subject_level
    elif not any("/" in name for name in names):
        log.warning(
            "%s has no folders of people, so nobody is known and privacy is not measured", scored.originals
        )
        dataset["subject_level"] = 0
    external: dict[str, Any] = {"root": str(scored.anonymized.absolute())}
    external |= {"settings": settings} if settings else {}
    external |= {"geometry": ["original", "detected"]}
    external |= {"suffix": scored.suffix} if scored.suffix else {}
    return {
        "run": RUN,
        "datasets": {DATASET: dataset},
        "parsing": [],
        "anonymizers": {"identity": {}, "blackout": {}, "external": external},
    }


def _images(folder: Path, called: str) -> list[str]:
    if not folder.is_dir():
        state = "is a file" if folder.exists() else "does not exist"
        raise ConfigError(f"{called}: expected a folder of pictures, and {folder} {state}")
    names = [found.name for found in walk(folder) if found.companion is None]
    images = sorted(name for name in names if Path(name).suffix.lower() in SUFFIXES)
    if not images:
        raise ConfigError(f"{called}: no pictures in {folder}")
    return images


def _settings(anonymized: Path) -> list[str]:
    """The names of the folders that `{setting}` stands for, if the path contains it."""
    text = str(anonymized)
    if SETTING not in text:
        return []
    above, _, rest = text.partition(SETTING)
    folder, start = (Path(above), "") if above.endswith("/") else (Path(above).parent, Path(above).name)
    pattern = re.compile(re.escape(start) + r"(.+)" + re.escape(rest.partition("/")[0]))
    found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    names = [match[1] for name in found if (match := pattern.fullmatch(name))]
    if not names:
        raise ConfigError(f"ANONYMIZED: no folder matches {anonymized}")
    return names


def _check_pictures(scored: Scored, folder: Path, names: Sequence[str]) -> None:
    """Refuse a folder without a picture of any original, before anything is computed."""
    _images(folder, "ANONYMIZED")
    if folder.samefile(scored.originals):
        raise ConfigError(
            f"ANONYMIZED: {folder} is the folder of the originals; name that of the program's output"
        )
    if not Pictures.listed(folder, names, scored.suffix).any_of(names):
        raise ConfigError(
            f"ANONYMIZED: {folder} has no picture with the relative path of an original, such as {names[0]}; "
            "the two folders must have the same structure (a suffix that the program adds goes into --suffix)"
        )


def _check_out(out: Path, scored: Scored) -> None:
    for called, folder in (("ORIGINALS", scored.originals), ("ANONYMIZED", scored.anonymized)):
        if out.absolute().resolve().is_relative_to(folder.absolute().resolve()):
            raise ConfigError(f"--out: {out} lies in {called}; name a folder outside {folder}")
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out: {out} is a file; name a folder")
    if out.is_dir() and any(out.iterdir()):
        config = out / CONFIG
        if not config.is_file() or not config.read_text(encoding="utf-8").startswith(WRITTEN):
            raise ConfigError(
                f"--out: {out} holds something else; name a new folder, or that of an earlier score"
            )


def _put_on_top(results: Path, out: Path) -> None:
    """Copy the results to where a person looks for them."""
    for path in results.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, out / path.name)
    for name in (layout.PLOTS, layout.FIGURES):
        if (out / name).is_dir():
            shutil.rmtree(out / name)
        if (results / name).is_dir():
            shutil.copytree(results / name, out / name)
