"""Reading of PyTorch checkpoints without executing or importing anything that they name.

A pickle names functions and classes and requests calls of them. Here only those that rebuild tensors and
plain containers are known. Every other name is rejected, or becomes an inert `Opaque`, which accepts any
arguments and ignores them, as for Lightning's callbacks, configurations and optimizers.
"""

import collections
import io
import pickle
import struct
import types
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

import torch

from bauta.errors import ModelError
from bauta.models.container import Kind, identify
from bauta.models.pickle_bounds import check_pickle
from bauta.models.reason import corrupt
from bauta.models.torch_container import KIND, check_torch

BROKEN = (
    OSError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    AttributeError,
    TypeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    struct.error,
    pickle.PickleError,
    zipfile.BadZipFile,
)
"""Errors that torch's reader raises for bytes that are not a PyTorch file, even malicious ones."""


class Opaque:
    """Stands for an object of an unknown class; holds nothing."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Create an inert object and ignore the arguments."""
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> Self:
        """Return itself and ignore the arguments."""
        return self

    def __setstate__(self, _: Any) -> None:
        pass

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def append(self, _: Any) -> None:
        """Ignore an element of a would-be list."""

    def extend(self, _: Any) -> None:
        """Ignore elements of a would-be list."""

    def add(self, _: Any) -> None:
        """Ignore an element of a would-be set."""


class UnknownGlobalError(pickle.UnpicklingError):
    """A pickle contains an unknown name."""


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> torch.Tensor:
    return torch._utils._rebuild_tensor(storage, offset, size, stride)


def _parameter(data: torch.Tensor, *_: Any) -> torch.Tensor:
    """The values of a parameter, without the parts that only training needs."""
    return data


def _bytearray(content: Any = b"", encoding: str = "latin-1") -> bytearray:
    """A bytearray of bytes or text; from a number, Python would create that many zeros."""
    if isinstance(content, str):
        return bytearray(content, encoding)
    if not isinstance(content, bytes):
        raise pickle.UnpicklingError(f"a bytearray of {type(content).__name__}")
    return bytearray(content)


def _encoded(text: str, _: str = "latin-1") -> bytes:
    """Bytes, which pickles by Python 2 store as text."""
    return text.encode("latin-1")


KNOWN: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "bytearray"): _bytearray,
    ("builtins", "complex"): complex,
    ("builtins", "slice"): slice,
    ("_codecs", "encode"): _encoded,
    ("torch", "Size"): torch.Size,
    ("torch", "device"): torch.device,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
}
"""The allowed calls, which only create tensors and containers; torch itself handles storages."""

DTYPES = {name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)}


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing and replaces unknown names by `Opaque` classes."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the object of a known name, or a class whose objects are inert."""
        module = module.replace("__builtin__", "builtins")
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        known = KNOWN.get((module, name))
        return self.unknown(module, name) if known is None else _sealed(known)

    def unknown(self, module: str, name: str) -> Any:
        """Return a replacement for an unknown name."""
        return type(f"Opaque {module}.{name}", (Opaque,), {})


class StrictUnpickler(RestrictedUnpickler):
    """An unpickler that imports nothing and rejects unknown names."""

    def unknown(self, module: str, name: str) -> Any:
        """Reject an unknown name.

        Raises:
            UnknownGlobalError: always.
        """
        raise UnknownGlobalError(f"{module}.{name}")


def _sealed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function, because a pickle can set attributes of objects that it obtains."""

    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


def read_checkpoint(path: Path | str) -> Any:
    """Read a PyTorch checkpoint, with tensors on the CPU and unknown objects inert.

    Raises:
        ModelError: the file is missing or damaged, or is not a plain PyTorch file.
    """
    return read_torch(path, RestrictedUnpickler)


def read_torch(path: Path | str, unpickler: type[RestrictedUnpickler]) -> Any:
    """Read a PyTorch file, with tensors on the CPU.

    Raises:
        ModelError: the file is missing or damaged, or is not a plain PyTorch file.
        UnknownGlobalError: it contains a name that the unpickler rejects.
    """
    kind = identify(path)
    if kind not in (Kind.TORCH, Kind.EMPTY):
        raise ModelError(f"{path}: expected {KIND}, got {kind}: nothing of it was run; get it again")
    try:
        check_torch(path)
        _check_own_view(path)
        content = torch.load(path, map_location="cpu", weights_only=False, pickle_module=_module(unpickler))
        _check_tensors(content, Path(path).stat().st_size)
    except UnknownGlobalError:
        raise
    except BROKEN as error:
        if isinstance(error, ModelError):
            raise
        raise corrupt(path, "PyTorch file", error) from None
    return content


def _module(unpickler: type[RestrictedUnpickler]) -> types.ModuleType:
    """Module that torch uses in place of Python's pickle."""

    def load(file: IO[bytes], **options: Any) -> Any:
        return unpickler(file, **options).load()

    module = types.ModuleType("restricted")
    module.Unpickler = unpickler  # type: ignore[attr-defined]
    module.load = load  # type: ignore[attr-defined]
    module.UnpicklingError = pickle.UnpicklingError  # type: ignore[attr-defined]
    return module


def _check_own_view(path: Path | str) -> None:
    """Reject an archive in which torch's reader would see different entries than Python's does."""
    if not zipfile.is_zipfile(path):
        return
    reader = torch._C.PyTorchFileReader(str(path))
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    if set(reader.get_all_records()) != names:
        raise ValueError("its directory can be read in two ways")
    check_pickle(io.BytesIO(reader.get_record("data.pkl")))


def _check_tensors(content: Any, size: int) -> None:
    """Reject tensors with more numbers than their storage holds, and storage that the file does not fill."""
    storages = {}
    for tensor in _tensors(content):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        if tensor.numel() * tensor.element_size() > storage.nbytes():
            raise ValueError(f"a tensor of {tuple(tensor.shape)} has {storage.nbytes()} bytes of its own")
    if sum(storages.values()) > size:
        raise ValueError(f"tensors of {sum(storages.values()):,} bytes in a file of {size:,}")


def _tensors(content: Any) -> Iterator[torch.Tensor]:
    """Every tensor once, however often it is reached."""
    waiting, seen = [content], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, torch.Tensor):
            yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            waiting.extend(item)
