"""Checks that Keras's HDF5 files are self-contained: no external links, no data in other files, no code.

HDF5 follows links into other files, reads datasets from external files, and searches the disk for plug-ins
that decode unknown filters. Keras executes the code in Lambda layers and custom classes.
"""

import json
import math
from pathlib import Path

import h5py

from bauta.errors import ModelError
from bauta.models.reason import first_line

CONFIG = "model_config"
"""The attribute in which Keras keeps the layers, as JSON."""

LAYERS = frozenset(
    {
        "Activation",
        "Add",
        "BatchNormalization",
        "Conv2D",
        "GlobalAveragePooling2D",
        "InputLayer",
        "MaxPooling2D",
        "SeparableConv2D",
    }
)
"""The layers of mini- and big-Xception, and of bauta's reader for them."""

BROKEN = (OSError, KeyError, ValueError, TypeError, RuntimeError, RecursionError, MemoryError)
"""Errors that h5py raises for a damaged file."""


def check_hdf5(path: Path | str) -> None:
    """Reject a file that is not self-contained.

    Raises:
        ModelError: it is damaged, contains links, keeps data in other files, declares more data than it has,
            or has layers other than `LAYERS`.
    """
    try:
        size = Path(path).stat().st_size
        with h5py.File(path, "r") as file:
            _check_group(file, size, set())
            _check_layers(file)
    except BROKEN as error:
        raise ModelError(f"{path} is no plain HDF5 file ({first_line(error)}): get it again") from None


def _check_group(group: h5py.Group, size: int, seen: set[int]) -> None:
    _check_attributes(group, size)
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name[:80]!r} is a link")
        address = h5py.h5o.get_info(group.id, name.encode()).addr
        if address in seen:
            raise ValueError(f"{name[:80]!r} appears twice")
        seen.add(address)
        _check_object(group[name], size, seen)


def _check_object(item: h5py.HLObject, size: int, seen: set[int]) -> None:
    if isinstance(item, h5py.Group):
        _check_group(item, size, seen)
        return
    if not isinstance(item, h5py.Dataset):
        raise ValueError(f"{item.name[:80]!r} is neither group nor dataset")
    _check_attributes(item, size)
    if item.external or item.is_virtual:
        raise ValueError(f"data of {item.name[:80]!r} is in another file")
    if item.id.get_create_plist().get_nfilters():
        raise ValueError(f"{item.name[:80]!r} is compressed or filtered")
    if item.nbytes > size:
        raise ValueError(f"{item.name[:80]!r} of {item.shape} is larger than the file")


def _check_attributes(item: h5py.HLObject, size: int) -> None:
    for name in item.attrs:
        attribute = item.attrs.get_id(name)
        if math.prod(attribute.shape or ()) * attribute.dtype.itemsize > size:
            raise ValueError(f"the attribute {name[:80]!r} is larger than the file")


def _check_layers(file: h5py.File) -> None:
    """Reject unknown layers, including those behind the output, which the reader ignores."""
    layers = json.loads(file.attrs[CONFIG])["config"]["layers"]
    strange = {str(layer["class_name"]) for layer in layers} - LAYERS
    if strange:
        raise ValueError(f"layers of kind {', '.join(sorted(strange))} are not known")
