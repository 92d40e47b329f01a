"""The base of every part of the configuration: frozen, and helpful about keys that it does not know."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from bauta.registry import Registry, nearest

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""What a user calls a run, a dataset or a pair of them; part of paths."""


class Section(BaseModel):
    """A mapping with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key '{key}': {nearest(str(key), list(cls.model_fields))}")
        return values


def in_registry(registry: Registry) -> AfterValidator:
    """Checks that a name is in a registry."""

    def check(name: str) -> str:
        registry[name]
        return name

    return AfterValidator(check)
