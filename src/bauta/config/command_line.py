"""The configuration of a command line: read as Snakemake reads it, and converted back to arguments."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bauta.config.load import check_config_files, take_overrides
from bauta.errors import ConfigError

DEFAULT = Path("config.yaml")


def read_configuration(files: Sequence[Path], overrides: Iterable[str]) -> dict[str, Any]:
    """Merge the values of files, later ones over earlier ones, with those of `key=value` over all of them.

    Args:
        files: The files of `--configfile`; none stands for `config.yaml`.
        overrides: The values of `--config`.

    Raises:
        ConfigError: a file cannot be read, or an override is not `key=value`.
    """
    files = files or [DEFAULT]
    check_config_files(files)
    config: dict[str, Any] = {}
    for file in files:
        _merge(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    for override in overrides:
        key, equals, text = override.partition("=")
        if not key or not equals:
            raise ConfigError(f"--config: expected key=value, got '{override}'")
        try:
            value = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it creates only strings, lists and mappings
        except yaml.YAMLError:
            value = text
        take_overrides(config, {key: value})
    return config


def _merge(config: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), dict):
            _merge(config[key], value)
        else:
            config[key] = value


def configuring(
    files: Sequence[Path | str], overrides: Mapping[str, Any], *, repeated: bool = False
) -> list[str]:
    """Return the command-line arguments that select a configuration.

    Args:
        files: The files of `--configfile`.
        overrides: The values of `--config`, by key.
        repeated: Whether an option is repeated for each of its values, as for `bauta`, or given once, as for
            Snakemake.
    """
    given = {
        "--configfile": [_shown(Path(file)) for file in files],
        "--config": [f"{key}={_text(value)}" for key, value in overrides.items()],
    }
    if repeated:
        return [word for option, values in given.items() for value in values for word in (option, value)]
    return [word for option, values in given.items() if values for word in (option, *values)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(path: Path) -> str:
    """Format a path, relative to the working directory if it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)
