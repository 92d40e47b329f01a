"""The grid of anonymizers and settings: every combination of the listed values is one setting."""

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import GetJsonSchemaHandler, RootModel, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from bauta.anonymize import ANONYMIZERS, CONTROLS, PROTOTYPE
from bauta.anonymize.settings import SETTINGS, Setting
from bauta.config.wording import one_line, shown
from bauta.registry import nearest, path_name
from bauta.registry.names import BUILT_IN, IMPLEMENTATION

Options = dict[str, Any]


def expand(options: Mapping[str, Any]) -> list[Options]:
    """Return every combination of the listed values, with the last key varying fastest."""
    choices = [value if isinstance(value, list) else [value] for value in options.values()]
    return [dict(zip(options, values, strict=True)) for values in product(*choices)]


def setting_name(setting: Setting) -> str:
    """Return a readable, unique name that can be part of a path, such as `kernel=11`.

    Options at their defaults are omitted, so that a setting has one name, whether or not its defaults are
    written out.
    """
    parts = (f"{name}={value}" for name, value in setting.named.items())
    return re.sub(r"[^A-Za-z0-9=,._+-]", "_", ",".join(parts)) or "default"


class AnonymizerGrid(RootModel[dict[str, dict[str, Any] | list[dict[str, Any]]]]):
    """Backend → option → value or list of values; or backend → a list of such mappings, a union of grids.

    The control `prototype` is added where it is missing.
    """

    @model_validator(mode="before")
    @classmethod
    def _check(cls, grid: Any) -> Any:
        if not isinstance(grid, Mapping) or not grid:
            raise ValueError(f"expected a mapping of backends to their options, got {shown(grid)}")
        checked: dict[str, Options | list[Options]] = {}
        for backend, options in grid.items():
            ANONYMIZERS[backend]
            name = path_name(backend)
            if isinstance(options, list):
                checked[name] = _check_union(name, options)
            else:
                checked[name] = _check_options(name, {} if options is None else options)
        # It needs nothing that a run could lack, and shows what the axis of utility is worth.
        return checked if PROTOTYPE in checked else _after_controls(checked)

    def settings(self, backend: str) -> dict[str, Setting]:
        """Return the name and the validated setting of every combination of a backend."""
        model = SETTINGS[backend]
        grids = as_grids(self.root[backend])
        settings = [model(**options) for grid in grids for options in expand(grid)]
        return {setting_name(setting): setting for setting in settings}

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that some backend gets at some setting."""
        settings = (setting for name in self.root for setting in self.settings(name).values())
        return frozenset().union(*(setting.sees for setting in settings))

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Allow a value or a list of values per option, and a grid or a list of grids per backend."""
        backends = {}
        for backend in ANONYMIZERS.built_in:
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
        anything = {"type": "object"}
        others = {"anyOf": [anything, {"type": "null"}, {"type": "array", "items": anything, "minItems": 1}]}
        return {
            "type": "object",
            "properties": backends,
            # Built-in backends are in `properties`, so that only their options are considered.
            "patternProperties": {f"^(?!({'|'.join(backends)})$)({BUILT_IN}|{IMPLEMENTATION})$": others},
            "additionalProperties": False,
            "minProperties": 1,
        }


def _after_controls(grid: dict[str, Options | list[Options]]) -> dict[str, Options | list[Options]]:
    """The grid with `prototype` behind the other controls."""
    controls = {name: options for name, options in grid.items() if name in CONTROLS}
    return {**controls, PROTOTYPE: {}, **grid}


def as_grids(options: Mapping[str, Any] | list[Options]) -> list[Mapping[str, Any]]:
    """Return the grids of a backend, one or several."""
    return list(options) if isinstance(options, list) else [options]


def _wrong(message: str, *keys: str) -> PydanticCustomError:
    """Create an error at keys below `anonymizers`."""
    return PydanticCustomError("grid", "{message}", {"message": message, "keys": keys})


def _check_union(backend: str, grids: list[Any]) -> list[Options]:
    if not grids:
        raise _wrong("expected options or a list of them, got []", backend)
    checked = [_check_options(backend, options) for options in grids]
    model = SETTINGS[backend]
    names = [setting_name(model(**options)) for grid in checked for options in expand(grid)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise _wrong(f"two of its grids have the setting {twice}; leave one out", backend)
    return checked


def _check_options(backend: str, options: Any) -> Options:
    model = SETTINGS[backend]
    if not isinstance(options, Mapping):
        raise _wrong(f"expected a mapping of options, got {shown(options)}", backend)
    for name, value in options.items():
        if name not in model.model_fields:
            known = list(model.model_fields)
            hint = nearest(str(name), known) if known else "this backend has no options"
            raise _wrong(f"unknown key '{name}': {hint}", backend)
        if isinstance(value, list) and (not value or len(set(map(str, value))) < len(value)):
            raise _wrong(f"expected a list of different values, got {shown(value)}", backend, name)
    for combination in expand(options):
        try:
            model.model_validate(combination, strict=True)
        except ValidationError as error:
            where, _, message = one_line(error.errors()[0]).partition(": ")
            raise _wrong(message, backend, where) from None
    names = [setting_name(model(**combination)) for combination in expand(options)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise _wrong(f"two of its combinations have the setting {twice}; leave one out", backend)
    return dict(options)
