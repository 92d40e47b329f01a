"""What a generator's file holds, and whether a backend can use it: `bauta check`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bauta.errors import ModelError
from bauta.models.card import model_card
from bauta.models.check import check_file
from bauta.models.convert import convert
from bauta.models.store import ModelStore

BACKENDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "ganonymization_25": ("ganonymization", {"epochs": 25}),
    "ganonymization_50": ("ganonymization", {"epochs": 50}),
    "ciagan": ("ciagan", {}),
    "deepprivacy2_fdf256": ("deepprivacy2", {"weights": "fdf256"}),
    "deepprivacy2_fdf128": ("deepprivacy2", {"weights": "fdf128"}),
    "deepprivacy": ("deepprivacy", {}),
}
"""Model → the backend that loads it, and the options with which it does."""


def check(name: str, models: ModelStore, sheet: Path | str, *, keys: bool = True) -> Iterator[str]:
    """Check the file of a generator, try its backend, and write a sample sheet of rendered faces.

    A file that is made of an official checkpoint is made first, if it is not there yet.

    Args:
        name: A name of `BACKENDS`.
        models: Where files are found.
        sheet: The PNG: originals above what became of them; a face that failed is black.
        keys: Whether to list every tensor.

    Yields:
        Lines for a person.

    Raises:
        ModelError: a file cannot be had, is not the expected one, or does not fit the network.
    """
    from bauta.anonymize.open import open_anonymizer  # noqa: PLC0415 (torch)
    from bauta.anonymize.samples import try_backend  # noqa: PLC0415
    from bauta.contract import CropContract  # noqa: PLC0415

    if name not in BACKENDS:
        raise ModelError(f"'{name}' is no generator: expected one of {', '.join(BACKENDS)}")
    card = model_card(name)
    if card.converted_from is not None and models.find(name) is None:
        convert(name, models)
    path = models.path(name)
    yield from _file_lines(path, check_file(name, path, card.bytes, models.pins.expected(name, card)))
    yield f"terms: {card.licence}"
    tensors, about = _read(path)
    yield from (f"{key}: {value}" for key, value in sorted(about.items()))
    yield f"tensors: {len(tensors)}, {sum(tensor.numel() for tensor in tensors.values()):,} numbers"
    if keys:
        yield from (f"  {key} {tuple(tensor.shape)}" for key, tensor in sorted(tensors.items()))
    backend, options = BACKENDS[name]
    contract = CropContract()
    tried = try_backend(open_anonymizer(backend, options, contract, models), contract, models)
    yield f"backend: {backend} {options or ''} takes every tensor and lacks none".replace("  ", " ")
    tried.write(str(sheet))
    yield f"sample sheet: {sheet}, {tried.anonymized} of {len(tried.faces)} faces anonymized"


def _file_lines(path: Path, sha256: str) -> Iterator[str]:
    yield f"file: {path}"
    yield f"bytes: {path.stat().st_size:,}"
    yield f"SHA-256: {sha256}"


def _read(path: Path) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    if path.suffix == ".safetensors":
        from bauta.models.tensor_file import load_tensors  # noqa: PLC0415 (torch)

        return load_tensors(path)
    from bauta.models.torch_weights import load_weights  # noqa: PLC0415 (torch)

    return load_weights(path), {}
