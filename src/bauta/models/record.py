"""The record of a model file that was found and checked on this machine."""

from pathlib import Path

from bauta.io.seal import write_sealed
from bauta.models.card import model_card
from bauta.models.store import ModelStore


def write_record(name: str, models: ModelStore, out: Path | str) -> None:
    """Fetch a model if necessary, check it, and write its record.

    The location of the file is not in the record: jobs look it up themselves, so that the file may move.

    Raises:
        ModelError: the model is unavailable.
    """
    path = models.path(name)
    card = model_card(name)
    sha256 = models.pins.expected(name, card) or card.sha256
    record = {
        "model": name,
        "file": path.name,
        "sha256": sha256,
        "bytes": path.stat().st_size,
        "licence": card.licence,
        "source": card.source,
    }
    # Only the bytes of the model count: other text about it does not affect results.
    write_sealed(out, record, content=sha256)
