"""Reading and checking of a configuration; a mistake becomes one line that names the key.

Snakemake reads the same file with PyYAML, which keeps the last of two equal keys. ruamel.yaml rejects them,
but reads some values differently: `yes` as a string, `012` as twelve and `1e3` as a number.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bauta.config.models import Config
from bauta.config.wording import one_line, shown
from bauta.errors import ConfigError

UNREADABLE = (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError)
"""Errors that PyYAML raises; the last three are for values that only look like a date or a number."""


class _Loader(yaml.SafeLoader):
    """A loader that records its line when a value cannot be constructed."""

    at: int | None = None

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        self.at = node.start_mark.line
        return super().construct_object(node, deep=deep)


def parse_config(values: Mapping[str, Any]) -> Config:
    """Validate the values of a configuration.

    Raises:
        ConfigError: one line for the first wrong key, type, name or range.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        errors = error.errors()
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ConfigError(f"config: {one_line(errors[0])}{more}") from None


def load_config(path: Path | str) -> Config:
    """Read and validate a YAML file.

    Raises:
        ConfigError: it cannot be read, is not a mapping, has a duplicate key, or a value is wrong.
    """
    check_config_files([path])
    return parse_config(yaml.safe_load(_text(path)))


def check_config_files(paths: Iterable[Path | str]) -> None:
    """Reject files that are not a mapping or have a duplicate key, of which YAML silently keeps the last.

    Raises:
        ConfigError: a file is not a mapping, has a duplicate key, cannot be read, or is not valid YAML.
    """
    for path in paths:
        values, repeated = _constructed(path)
        if not isinstance(values, Mapping):
            got = "nothing" if values is None else shown(values)
            raise ConfigError(f"config: expected a mapping of keys to values in {path}, got {got}")
        if repeated is not None:
            raise ConfigError(
                f"config: {path}, line {repeated.start_mark.line + 1}: the key '{repeated.value}' is given "
                "twice: remove one"
            )


def _constructed(path: Path | str) -> tuple[Any, yaml.Node | None]:
    """Return the values of a file, and the second of two equal keys."""
    text = _text(path)
    loader = None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        repeated = next(_repeated(root), None)
        return None if root is None else loader.construct_document(root), repeated
    except UNREADABLE as error:
        line = _line(error, text, loader) + 1
        raise ConfigError(
            f"config: {path}, line {line}: not valid YAML: {_reason(error)}; put a text that contains any "
            "of { } [ ] ! & * in quotes"
        ) from None


def _line(error: Exception, text: str, loader: _Loader | None) -> int:
    """Line of an error, counted from 0."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line)
    if loader is None:
        return text.count("\n", 0, getattr(error, "position", 0))
    return loader.line if loader.at is None else loader.at


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "lists or mappings are nested too deeply"
    if isinstance(error, yaml.YAMLError):
        return " ".join(str(getattr(error, "problem", None) or error).split())
    return "a value looks like a date, a number or a truth value, but is not a valid one"


def take_overrides(config: MutableMapping[str, Any], overrides: Mapping[str, Any]) -> None:
    """Convert the values of `--config` in a configuration, in place, to the types they would have in a file.

    Snakemake merges `frontier={bootstrap: 100}` over the file, but reads every value in it as a string.

    Args:
        config: The configuration that includes the overrides, as read by Snakemake.
        overrides: The overrides alone.
    """
    for key, value in overrides.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), MutableMapping):
            take_overrides(config[key], value)
        else:
            config[key] = _typed(value)


def _typed(value: Any) -> Any:
    """Parse the strings in a value as YAML; a string that is not valid YAML is kept."""
    if isinstance(value, Mapping):
        return {key: _typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_typed(part) for part in value]
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except UNREADABLE:
        return value


def _repeated(node: yaml.Node | None, above: tuple[yaml.Node, ...] = ()) -> Iterator[yaml.Node]:
    """Return the second of two equal keys, anywhere below a node.

    Raises:
        ComposerError: a node contains itself.
    """
    if node is not None and node in above:
        raise yaml.composer.ComposerError(None, None, "a list or mapping contains itself", node.start_mark)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if (key.tag, str(key.value)) in seen:
                yield key
            seen.add((key.tag, str(key.value)))
            yield from _repeated(value, (*above, node))
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _repeated(part, (*above, node))


def _text(path: Path | str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"config: {path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise ConfigError(f"config: {path} is not UTF-8: save it as UTF-8 text") from None
