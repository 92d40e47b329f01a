"""The grid of anonymizers and settings: every combination of the listed values is one setting."""

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import GetJsonSchemaHandler, RootModel, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.settings import SETTINGS, Setting
from bauta.registry import nearest

Options = dict[str, Any]


def expand(options: Mapping[str, Any]) -> list[Options]:
    """Every combination of the listed values, the last key varying fastest."""
    choices = [value if isinstance(value, list) else [value] for value in options.values()]
    return [dict(zip(options, values, strict=True)) for values in product(*choices)]


def setting_name(setting: Setting) -> str:
    """A readable and unique name that can be part of a path, such as `kernel=11`.

    An option at its default is not in it, so that a setting has one name, whether the default is written or
    not.
    """
    parts = (f"{name}={value}" for name, value in setting.model_dump(exclude_defaults=True).items())
    return re.sub(r"[^A-Za-z0-9=,._+-]", "_", ",".join(parts)) or "default"


class AnonymizerGrid(RootModel[dict[str, dict[str, Any] | list[dict[str, Any]]]]):
    """Backend → option → value or list of values, or a list of such mappings, which is a union of grids."""

    @model_validator(mode="before")
    @classmethod
    def _check(cls, grid: Any) -> Any:
        if not isinstance(grid, Mapping) or not grid:
            raise ValueError("expected a mapping of backends to their options")
        checked: dict[str, Options | list[Options]] = {}
        for backend, options in grid.items():
            ANONYMIZERS[backend]
            if isinstance(options, list):
                checked[backend] = _check_union(backend, options)
            else:
                checked[backend] = _check_options(backend, {} if options is None else options)
        return checked

    def settings(self, backend: str) -> dict[str, Setting]:
        """Name and validated setting of every combination of a backend."""
        model = SETTINGS[backend]
        grids = as_grids(self.root[backend])
        settings = [model(**options) for grid in grids for options in expand(grid)]
        return {setting_name(setting): setting for setting in settings}

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Each option takes a value or a list of values; a backend takes a grid or a list of grids."""
        backends = {}
        for backend in ANONYMIZERS:
            schema = SETTINGS[backend].model_json_schema()
            options = {}
            for name, value in schema.get("properties", {}).items():
                about = {key: value.pop(key) for key in ("description", "title") if key in value}
                value.pop("default", None)
                options[name] = {**about, "anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}
            grid = {"type": "object", "properties": options, "additionalProperties": False}
            backends[backend] = {
                "description": schema.get("description", ""),
                "anyOf": [grid, {"type": "null"}, {"type": "array", "items": grid, "minItems": 1}],
            }
        return {"type": "object", "properties": backends, "additionalProperties": False, "minProperties": 1}


def as_grids(options: Mapping[str, Any] | list[Options]) -> list[Mapping[str, Any]]:
    """The grids of a backend, one or several."""
    return list(options) if isinstance(options, list) else [options]


def _check_union(backend: str, grids: list[Any]) -> list[Options]:
    if not grids:
        raise ValueError(f"{backend}: expected options or a list of them, got an empty list")
    checked = [_check_options(backend, options) for options in grids]
    model = SETTINGS[backend]
    names = [setting_name(model(**options)) for grid in checked for options in expand(grid)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{backend}: two of its grids have the setting {twice}; leave one out")
    return checked


def _check_options(backend: str, options: Any) -> Options:
    model = SETTINGS[backend]
    if not isinstance(options, Mapping):
        raise ValueError(f"{backend}: expected a mapping of options, got {options!r}")
    for name, value in options.items():
        if name not in model.model_fields:
            known = list(model.model_fields)
            hint = nearest(str(name), known) if known else "this backend has no options"
            raise ValueError(f"{backend}: unknown key '{name}': {hint}")
        if isinstance(value, list) and (not value or len(set(map(str, value))) < len(value)):
            raise ValueError(f"{backend}.{name}: expected a list of different values, got {value}")
    for combination in expand(options):
        try:
            model.model_validate(combination, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join([backend, *map(str, first["loc"])])
            raise ValueError(f"{key}: {first['msg']}, got {first['input']!r}") from None
    return dict(options)
