"""The configuration of a dataset, with the model that the adapter's card names."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bauta.config.datasets.base import BaseDataset, Photographs, Splits
from bauta.config.datasets.people import SynthfacesDataset
from bauta.config.section import names_schema
from bauta.config.wording import shown
from bauta.datasets import ADAPTERS
from bauta.errors import ConfigError
from bauta.registry import path_name

__all__ = ["BaseDataset", "Dataset", "Photographs", "Splits", "SynthfacesDataset"]


class ByAdapter:
    """Validates a dataset with the model that its adapter's card names."""

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._check,
            serialization=core_schema.plain_serializer_function_ser_schema(_dumped, info_arg=True),
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Combine the models of built-in adapters; those of plug-ins have a root and unknown keys."""
        models = [handler(_section(name).__pydantic_core_schema__) for name in ADAPTERS.built_in]
        other = {"allOf": [names_schema(ADAPTERS), {"not": {"enum": list(ADAPTERS.built_in)}}]}
        plugin = {
            "type": "object",
            "properties": {"adapter": other, "root": {"type": "string"}},
            "required": ["adapter", "root"],
        }
        return {"anyOf": [*models, plugin]}

    def _check(self, values: Any) -> BaseDataset:
        if isinstance(values, BaseDataset):
            return values
        if not isinstance(values, Mapping):
            raise ValueError(f"expected a mapping, got {shown(values)}")
        if "adapter" not in values:
            raise _wrong("this key is required, such as adapter: folder")
        adapter = values["adapter"]
        if not isinstance(adapter, str):
            raise _wrong(f"expected a string, got {shown(adapter)}")
        try:
            section = _section(adapter)
        except ConfigError as error:
            raise _wrong(str(error)) from None
        return section.model_validate({**values, "adapter": path_name(adapter)})


Dataset = Annotated[SynthfacesDataset | Photographs, ByAdapter()]
"""A dataset of the configuration; one that is not rendered has a root."""


def _section(adapter: str) -> type[BaseDataset]:
    base = SynthfacesDataset if adapter == "synthfaces" else Photographs
    return ADAPTERS.settings(adapter, base)


def _dumped(dataset: BaseDataset, info: SerializationInfo) -> dict[str, Any]:
    """Serialize a dataset with the keys of its own model."""
    return dataset.model_dump(mode=info.mode, exclude_none=info.exclude_none)


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("dataset", "{message}", {"message": message, "keys": ("adapter",)})
