"""The record of a model file that was found and checked on this machine."""

import json
from pathlib import Path

from bauta.files import write_text
from bauta.models.card import model_card
from bauta.models.store import ModelStore


def write_record(name: str, models: ModelStore, out: Path | str) -> None:
    """Fetch a model if need be, check it and write what it is.

    The place of the file is not in the record: jobs look it up themselves, so that it may move.

    Raises:
        ModelError: the model cannot be had.
    """
    path = models.path(name)
    card = model_card(name)
    record = {
        "model": name,
        "file": path.name,
        "sha256": models.pins.expected(name, card) or card.sha256,
        "bytes": path.stat().st_size,
        "licence": card.licence,
        "source": card.source,
    }
    write_text(out, json.dumps(record, indent=1) + "\n")
