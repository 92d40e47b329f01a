"""Reads PyTorch checkpoints that hold more than tensors, without running or importing anything they name.

A pickle names functions and classes and asks for them to be called. Here only those that rebuild tensors,
arrays and plain containers are known; every other name becomes an inert `Opaque`, which takes any arguments
and does nothing with them. Lightning's callbacks, configurations and optimizers end as such.
"""

import collections
import pickle
import types
import zipfile
from pathlib import Path
from typing import IO, Any, Self

import torch

from bauta.errors import ModelError
from bauta.models.torch_weights import NOT_WHOLE


class Opaque:
    """Stands for an object of a class that is not known; holds nothing."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """An inert object, whatever it is asked to be made of."""
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> Self:
        """Itself, whatever it is asked."""
        return self

    def __setstate__(self, _: Any) -> None:
        pass

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def append(self, _: Any) -> None:
        """Take no notice of an element of what should have been a list."""

    def extend(self, _: Any) -> None:
        """Take no notice of elements."""

    def add(self, _: Any) -> None:
        """Take no notice of an element of what should have been a set."""


def _known() -> dict[tuple[str, str], Any]:
    """What may be called: it makes tensors and containers, and does nothing else."""
    known: dict[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("builtins", "set"): set,
        ("builtins", "frozenset"): frozenset,
        ("builtins", "bytearray"): bytearray,
        ("builtins", "complex"): complex,
        ("builtins", "slice"): slice,
        ("torch", "Size"): torch.Size,
        ("torch", "device"): torch.device,
        ("torch._utils", "_rebuild_tensor"): torch._utils._rebuild_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
        ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
    }
    for name in dir(torch):
        value = getattr(torch, name)
        if isinstance(value, torch.dtype) or (name.endswith("Storage") and isinstance(value, type)):
            known["torch", name] = value
    return known


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing; names that it does not know become `Opaque` classes."""

    _names = _known()

    def find_class(self, module: str, name: str) -> Any:
        """The known callable of a name, or a class whose objects are inert."""
        known = self._names.get((module.replace("__builtin__", "builtins"), name))
        return known if known is not None else type(f"Opaque {module}.{name}", (Opaque,), {})


def _load(file: IO[bytes], **options: Any) -> Any:
    return RestrictedUnpickler(file, **options).load()


def read_checkpoint(path: Path | str) -> Any:
    """What a PyTorch checkpoint holds; tensors on the CPU, unknown objects inert.

    Raises:
        ModelError: the file is missing or damaged.
    """
    module = types.ModuleType("restricted")
    module.Unpickler = RestrictedUnpickler  # type: ignore[attr-defined]
    module.load = _load  # type: ignore[attr-defined]
    module.UnpicklingError = pickle.UnpicklingError  # type: ignore[attr-defined]
    try:
        return torch.load(path, map_location="cpu", weights_only=False, pickle_module=module)
    except (pickle.UnpicklingError, zipfile.BadZipFile, AttributeError, TypeError, *NOT_WHOLE) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"{path} is no whole PyTorch file ({reason}): get it again") from None
