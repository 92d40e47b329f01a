"""The content of a generator's file, and whether a backend can use it: `bauta check`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError, ModelError
from bauta.models.card import model_card
from bauta.models.check import check_file
from bauta.models.convert import convert
from bauta.models.reason import plain
from bauta.models.store import ModelStore

BACKENDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "ganonymization_25": ("ganonymization", {"epochs": 25}),
    "ganonymization_50": ("ganonymization", {"epochs": 50}),
    "ciagan": ("ciagan", {}),
    "deepprivacy2_fdf256": ("deepprivacy2", {"weights": "fdf256"}),
    "deepprivacy2_fdf128": ("deepprivacy2", {"weights": "fdf128"}),
    "deepprivacy": ("deepprivacy", {}),
}
"""Model → the backend that loads it, and the options for it."""

SIZED = "ganonymization"
"""The backend whose network accepts images of two sizes."""


def check(
    name: str, models: ModelStore, sheet: Path | str, *, keys: bool = True, size: int | None = None
) -> Iterator[str]:
    """Check the file of a generator, try its backend, and write a sample sheet of rendered faces.

    A file that is converted from an official checkpoint is converted first if it is missing.

    Args:
        name: A name in `BACKENDS`.
        models: The store of model files.
        sheet: The PNG to write: originals above their anonymized versions; a face that failed is black.
        keys: Whether to list every tensor.
        size: Side of the input of GANonymization's network, None for the backend's default.

    Yields:
        Lines of text for a person.

    Raises:
        ModelError: a file is unavailable, is not the expected one, or does not fit the network.
        ConfigError: `size` is given for a backend without sizes.
    """
    from bauta.anonymize.open import open_anonymizer  # noqa: PLC0415 (torch)
    from bauta.anonymize.samples import try_backend  # noqa: PLC0415
    from bauta.contract import CropContract  # noqa: PLC0415

    if name not in BACKENDS:
        raise ModelError(f"'{name}' is not a generator: expected one of {', '.join(BACKENDS)}")
    backend, options = BACKENDS[name]
    if size is not None and backend != SIZED:
        raise ConfigError(f"--size is for the files of {SIZED}: {name} takes one size only")
    options = options if size is None else {**options, "size": size}
    card = model_card(name)
    if card.converted_from is not None and models.find(name) is None:
        convert(name, models)
    path = models.path(name)
    yield from _file_lines(path, check_file(name, path, card.bytes, models.pins.expected(name, card)))
    yield f"terms: {card.licence}"
    tensors, about = _read(path)
    # Names and notes come from the author of the file and cannot be trusted.
    yield from (plain(f"{key}: {value}") for key, value in sorted(about.items()))
    yield f"tensors: {len(tensors)}, {sum(tensor.numel() for tensor in tensors.values()):,} numbers"
    if keys:
        yield from (f"  {plain(key)} {tuple(tensor.shape)}" for key, tensor in sorted(tensors.items()))
    if backend == SIZED and "img_size" not in about:
        yield "img_size: not in the file; see what --size 256 and --size 512 give"
    contract = CropContract()
    tried = try_backend(open_anonymizer(backend, options, contract, models), contract, models)
    yield f"backend: {backend} {options or ''} uses every tensor and lacks none".replace("  ", " ")
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
