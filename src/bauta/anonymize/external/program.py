"""The program behind a command: where it lies, and what represents its content in keys.

This is read whenever the Snakefile is parsed, so it runs nothing and remembers the hashes of files.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Protocol

from bauta.errors import ConfigError


class Placed(Protocol):
    """The part of `CommandSetting` that says where a program lies."""

    @property
    def command(self) -> list[str]:
        """The words of the command."""

    @property
    def python(self) -> str | None:
        """Interpreter or virtual environment."""

    @property
    def conda(self) -> str | None:
        """Folder of an environment."""

    @property
    def apptainer(self) -> str | None:
        """Image of a container."""


def search_path(setting: Placed) -> str:
    """Return the value of PATH with which the program is found and run: that of its environment first.

    Raises:
        ConfigError: the environment does not exist.
    """
    usual = os.environ.get("PATH", os.defpath)
    place = setting.python or setting.conda
    if place is None:
        return usual
    path = Path(place).absolute()
    folder = path.parent if path.is_file() else path / "bin"
    if not folder.is_dir():
        key = "python" if setting.python else "conda"
        raise ConfigError(
            f"anonymizers.command.{key}: {place} does not exist; expected an environment, or a Python in one"
        )
    return f"{folder}{os.pathsep}{usual}"


def executable(setting: Placed) -> Path:
    """Find the program that is started: that of the command, or apptainer.

    Raises:
        ConfigError: it is not there.
    """
    name = "apptainer" if setting.apptainer else setting.command[0]
    found = shutil.which(name, path=search_path(setting))
    if found is None:
        raise ConfigError(
            f"anonymizers.command.run: the program '{name}' is not on PATH; install it, or name its "
            "environment with python, conda or apptainer"
        )
    return Path(found)


def identify(setting: Placed, hash_of: Callable[[Path], str]) -> dict[str, str]:
    """Return what represents a program in keys: hashes of its files, and the distribution that it comes from.

    Of a Python program that pip installed, that is its name, its version and the hash of its RECORD, which
    holds the hash of each of its files. Packages that it depends on, and files that it loads from elsewhere,
    are not seen; `version` stands for them.

    Args:
        setting: The setting.
        hash_of: Returns the SHA-256 of a file.

    Raises:
        ConfigError: the program, the environment or the image is not there.
    """
    if setting.apptainer is not None:
        image = Path(setting.apptainer)
        if not image.is_file():
            raise ConfigError(f"anonymizers.command.apptainer: the image {image} does not exist")
        return {"image": hash_of(image)}
    program, words = executable(setting), setting.command
    # A console script names its interpreter's path, so that its own hash would differ between machines.
    found = _distribution(program, words)
    if not found and not _is_python(program):
        found["program"] = hash_of(program)
    for word in words[1:]:
        if Path(word).is_file():
            found[Path(word).name] = hash_of(Path(word))
    return found


def _is_python(program: Path) -> bool:
    return re.fullmatch(r"python[\d.]*", program.name) is not None


def _distribution(program: Path, words: Sequence[str]) -> dict[str, str]:
    """Name, version and hash of the distribution that has a console script, or a module run with `-m`."""
    folders = sorted(program.absolute().parent.parent.glob("lib/python3*/site-packages"))
    module = words[2] if _is_python(program) and len(words) > 2 and words[1] == "-m" else None
    for about in (about for folder in folders for about in sorted(folder.glob("*.dist-info"))):
        if module is None and _offers(about / "entry_points.txt", program.name):
            return _described(about)
        if module is not None and _holds(about / "RECORD", module.partition(".")[0]):
            return _described(about)
    return {}


def _offers(entry_points: Path, script: str) -> bool:
    text = entry_points.read_text(encoding="utf-8") if entry_points.is_file() else ""
    scripts = re.search(r"^\[console_scripts\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    return bool(scripts and re.search(rf"^{re.escape(script)}\s*=", scripts[1], re.MULTILINE))


def _holds(record: Path, package: str) -> bool:
    text = record.read_text(encoding="utf-8") if record.is_file() else ""
    return re.search(rf"^{re.escape(package)}(/__init__)?\.py,", text, re.MULTILINE) is not None


def _described(about: Path) -> dict[str, str]:
    headers = HeaderParser().parsestr((about / "METADATA").read_text(encoding="utf-8"))
    record = about / "RECORD"
    listed = _stable(record.read_text(encoding="utf-8")) if record.is_file() else ""
    return {
        "distribution": f"{headers['Name']} {headers['Version']}",
        "files": hashlib.sha256(listed.encode()).hexdigest(),
    }


def _stable(record: str) -> str:
    """The lines of RECORD that do not depend on the place: without scripts and compiled files."""
    lines = record.splitlines()
    return "\n".join(sorted(line for line in lines if not line.startswith("..") and ",sha256=" in line))
