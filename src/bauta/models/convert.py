"""Official checkpoints to files of tensors, once, in a process of its own without a network."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bauta.errors import ModelError
from bauta.models.card import ModelCard, model_card
from bauta.models.check import check_file
from bauta.models.store import ModelStore

log = logging.getLogger(__name__)

CHILD = "bauta.models.convert_child"
TIMEOUT_S = 1800


def convert(name: str, models: ModelStore) -> Path:
    """Make the file of a model from the official checkpoint, and note its hash.

    Args:
        name: Name of the model, such as `ganonymization_25`.
        models: Where the checkpoint is found; the new file goes into its folder, or into the cache.

    Returns:
        The new file.

    Raises:
        ModelError: the model is not one that is converted, its checkpoint cannot be had or is another file,
        or the
            new file differs from the one that was noted before.
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
        sha256 = check_file(name, partial, card.bytes, models.pins.expected(name, card))
        partial.replace(folder / card.file)
    finally:
        partial.unlink(missing_ok=True)
    models.pins.pin(name, card, sha256)
    log.info("model '%s': %s from %s, SHA-256 %s", name, card.file, source.name, sha256)
    return folder / card.file


def without_network() -> list[str]:
    """The start of a command that runs it where there is no network; empty where the system cannot.

    Linux has namespaces for it, which an administrator may have switched off.
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
        log.warning("model '%s': no network namespace here; the process refuses connections by itself", name)
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if key in os.environ}
    command = [*prefix, sys.executable, "-m", CHILD, str(card.extract), str(source), str(target)]
    done = subprocess.run(  # noqa: S603
        command, env=kept, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1] if lines else f"exit status {done.returncode}"
        raise ModelError(f"model '{name}': {source} cannot be converted ({reason})")
