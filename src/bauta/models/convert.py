"""Conversion of official checkpoints to files of tensors, in a separate process without network access."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bauta.errors import ModelError
from bauta.io.atomic import sync, sync_names
from bauta.models.card import ModelCard, model_card
from bauta.models.check import check_file
from bauta.models.reason import LONGEST, plain
from bauta.models.store import ModelStore

log = logging.getLogger(__name__)

CHILD = "bauta.models.convert_child"
TIMEOUT_S = 1800


def convert(name: str, models: ModelStore) -> Path:
    """Make the file of a model from the official checkpoint, and pin its hash.

    Args:
        name: Name of the model, such as `ganonymization_25`.
        models: The store with the checkpoint; the new file is written to its folder, or to the cache.

    Returns:
        The new file.

    Raises:
        ModelError: the model is not a converted one, its checkpoint is unavailable or is another file, or
            the new file differs from the one that was pinned before.
    """
    card = model_card(name)
    if card.converted_from is None or card.extract is None:
        raise ModelError(f"model '{name}': {card.file} is used as it is, there is nothing to convert")
    source = models.path(card.converted_from)
    folder = models.folder or models.cache
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{card.file}.{os.getpid()}"
    try:
        _run_child(name, card, source, partial)
        expected, origin = models.pins.expected(name, card), models.pins.origin(name, card)
        sha256 = check_file(name, partial, card.bytes, expected, origin)
        sync(partial)
        partial.replace(folder / card.file)
        sync_names(folder)
    finally:
        partial.unlink(missing_ok=True)
    models.pins.pin(name, card, sha256)
    log.info("model '%s': %s from %s, SHA-256 %s", name, card.file, source.name, sha256)
    return folder / card.file


def without_network() -> list[str]:
    """Return the prefix of a command that runs it without network access; empty if the system cannot.

    Linux provides namespaces for this purpose, which an administrator may have disabled.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    command = [unshare, "--map-root-user", "--net"]
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603
    return command if tried.returncode == 0 else []


def _run_child(name: str, card: ModelCard, source: Path, target: Path) -> None:
    prefix = without_network()
    if not prefix:
        log.warning("model '%s': no network namespace here; the process itself refuses connections", name)
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if key in os.environ}
    command = [*prefix, sys.executable, "-m", CHILD, str(card.extract), str(source), str(target)]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            env=kept,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"model '{name}': {source} was not converted within {TIMEOUT_S} s: do not use the file"
        ) from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        reason = plain(lines[-1])[:LONGEST] if lines else f"exit status {done.returncode}"
        raise ModelError(f"model '{name}': {source} cannot be converted ({reason})")
