"""The base of every part of the configuration: frozen, with helpful messages about unknown keys.

pydantic's `extra="forbid"` names an unknown key, but not the known one that was meant, and reports it last,
after the complaint that the misspelt key is missing.
"""

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bauta.config.wording import NAME_PATTERN
from bauta.registry import Registry, nearest, path_name
from bauta.registry.names import BUILT_IN, IMPLEMENTATION

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Name of a run, a dataset or a pair of datasets; part of paths."""

Place = Annotated[str, AfterValidator(os.path.expanduser)]
"""Path of a file or folder; `~` is the home folder, as on the command line."""


class Section(BaseModel):
    """A mapping with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key '{key}': {nearest(str(key), list(cls.model_fields))}")
        return values


@dataclass(frozen=True, eq=False)
class InRegistry:
    """Validates the name of an implementation and converts it to the form used in paths.

    The JSON schema lists the built-in names; names from other distributions are valid, too.
    """

    registry: Registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return names_schema(self.registry)

    def _check(self, name: str) -> str:
        self.registry[name]
        return path_name(name)


def names_schema(registry: Registry) -> JsonSchemaValue:
    """Return the JSON schema of a name: built-in, of an entry point, or `package.module:Name`."""
    return {
        "anyOf": [
            {"type": "string", "enum": list(registry.built_in)},
            {"type": "string", "pattern": f"^({BUILT_IN}|{IMPLEMENTATION})$"},
        ]
    }
