"""Read and check a configuration; a mistake is one line that names the key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bauta.config.models import Config
from bauta.errors import ConfigError


def parse_config(values: Mapping[str, Any]) -> Config:
    """Check the values of a configuration.

    Raises:
        ConfigError: one line for the first wrong key, type, name or range.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        errors = error.errors()
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ConfigError(f"config: {_one_line(errors[0])}{more}") from None


def load_config(path: Path | str) -> Config:
    """Read a YAML file and check it."""
    values = yaml.safe_load(Path(path).read_text())
    if not isinstance(values, Mapping):
        raise ConfigError(f"config: expected a mapping in {path}, got {type(values).__name__}")
    return parse_config(values)


def _one_line(error: Mapping[str, Any]) -> str:
    """`datasets.orl.root: field required`, without the adapter that pydantic puts after a dataset's name."""
    parts = list(error["loc"])
    if parts[:1] == ["datasets"] and len(parts) > 2:
        del parts[2]
    location = ".".join(map(str, parts))
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] not in ("value_error", "missing") and not isinstance(error["input"], Mapping):
        message += f", got {error['input']!r}"
    return f"{location}: {message}" if location else message
