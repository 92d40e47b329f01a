"""The implementations of one kind: built-in ones, and those of other distributions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import Any, TypeVar

from bauta.errors import CardError, MissingPackageError, PluginError, UnknownNameError
from bauta.registry.card import Card, Kind, read_cards
from bauta.registry.names import is_target, nearest, path_name, target_of
from bauta.registry.plugins import Offer, module_version, offers

T = TypeVar("T")

EXTRAS = frozenset({"facer", "insightface", "mediapipe", "retinaface"})
"""Packages that the plain installation omits; each is an extra with its name in pyproject.toml."""


@dataclass(frozen=True, eq=False)
class Registry(Mapping[str, Card]):
    """Name → card.

    Attributes:
        kind: The kind of implementation.
        group: Entry-point group by which other distributions add to it; None if they cannot.
        modules: The modules of bauta that have cards of this kind, in the order of messages and tables.
    """

    kind: Kind
    group: str | None
    modules: tuple[str, ...]

    @cached_property
    def built_in(self) -> Mapping[str, Card]:
        """The cards of the built-in implementations."""
        return {card.name: card for module in self.modules for card in self._read(module)}

    @cached_property
    def offers(self) -> Mapping[str, Offer]:
        """The offers of other distributions.

        Raises:
            PluginError: a name is taken.
        """
        found: dict[str, Offer] = {}
        for offer in offers().get(self.group or "", ()):
            other = found.get(offer.name)
            if other is not None or self._find(offer.name) is not None:
                taken = "comes with bauta" if other is None else f"is that of {other.distribution}"
                raise PluginError(
                    f"{offer.distribution}: the {self.kind} '{offer.name}' {taken}: uninstall one of the two "
                    "distributions, or rename what it offers"
                )
            found[offer.name] = offer
        return found

    def __getitem__(self, name: str) -> Card:
        """Return the card of a name, or of `package.module:attribute`.

        Raises:
            UnknownNameError: nothing has this name; the message suggests the nearest one.
            PluginError: it belongs to another distribution and cannot be used.
        """
        if name in self._cards:
            return self._cards[name]
        if name in self.offers:
            card = self._offered(self.offers[name])
        elif isinstance(name, str) and is_target(name):
            card = self._targeted(name)
        elif (found := self._find(name)) is not None:
            card = found
        else:
            raise UnknownNameError(f"unknown {self.kind} '{name}': {nearest(name, list(self))}")
        self._cards[name] = card
        return card

    def __iter__(self) -> Iterator[str]:
        return iter((*self.built_in, *self.offers))

    def __len__(self) -> int:
        return len(self.built_in) + len(self.offers)

    def load(self, name: str) -> Any:
        """Import and return the implementation of a name.

        Raises:
            UnknownNameError: nothing has this name.
            PluginError: it belongs to another distribution and cannot be imported.
        """
        return self._import(name, self[name].implementation)

    def settings(self, name: str, base: type[T]) -> type[T]:
        """Import and return the model for an implementation's part of the configuration.

        Args:
            name: Name of the implementation.
            base: The class that the model must be derived from.

        Raises:
            UnknownNameError: nothing has this name.
            PluginError: it belongs to another distribution, and its model cannot be used.
        """
        target = self[name].settings
        expected = f"expected settings='package.module:Class', derived from {base.__module__}.{base.__name__}"
        if target is None:
            raise PluginError(f"{self._origin(name)}: its card has no settings: {expected}")
        found = self._import(name, target)
        if not (isinstance(found, type) and issubclass(found, base)):
            raise PluginError(f"{self._origin(name)}: {target} is something else: {expected}")
        return found

    def version(self, name: str) -> str | None:
        """Return what represents the code of an implementation in content keys.

        Returns:
            Name and version of its distribution, or a hash of its source if it is in none or may change;
            None for a built-in implementation, whose version is in `keys`.
        """
        if name in self.offers:
            return self.offers[name].version
        return None if self._find(name) is not None else module_version(self[name].module)

    @cached_property
    def _cards(self) -> dict[str, Card]:
        """Cards that have been requested."""
        return {}

    @cached_property
    def _modules_read(self) -> dict[str, tuple[Card, ...]]:
        """Modules whose cards have been read."""
        return {}

    def _read(self, module: str) -> tuple[Card, ...]:
        if module not in self._modules_read:
            cards = tuple(card for card in read_cards(module) if card.kind == self.kind)
            self._modules_read[module] = cards
        return self._modules_read[module]

    def _find(self, name: object) -> Card | None:
        """Card of a built-in implementation.

        Most modules have the name of their implementation; those are read first, and often no others.
        """
        for module in sorted(self.modules, key=lambda module: not module.endswith(f".{name}")):
            for card in self._read(module):
                if card.name == name:
                    return card
        return None

    def _origin(self, name: str) -> str:
        offer = self.offers.get(name)
        return f"{self.kind} '{name}'" + (f" of {offer.distribution}" if offer else "")

    def _import(self, name: str, target: str) -> Any:
        module, attribute = target.split(":")
        if self._find(name) is not None:
            try:
                return getattr(import_module(module), attribute)
            except ModuleNotFoundError as error:
                raise self._missing(name, error) from error
        try:
            return getattr(import_module(module), attribute)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise PluginError(f"{self._origin(name)}: {target} cannot be imported: {reason}") from error

    def _missing(self, name: str, error: ModuleNotFoundError) -> ModuleNotFoundError:
        """Replace the error by one that says how to install the package; an error about bauta is kept."""
        package = str(error.name).partition(".")[0]
        if package == "bauta":
            return error
        wanted = f"'bauta[{package}]'" if package in EXTRAS else package
        return MissingPackageError(
            f"{self.kind} '{name}' needs the package {package}, which is not installed: pip install {wanted}"
        )

    def _offered(self, offer: Offer) -> Card:
        """The card of an entry point."""
        module, _, attribute = offer.target.partition(":")
        try:
            cards = read_cards(module)
        except CardError as error:
            raise PluginError(f"{self._origin(offer.name)}: {error}") from None
        for card in cards:
            if (card.kind, card.name) == (self.kind, offer.name):
                if attribute and card.implementation != offer.target:
                    raise PluginError(
                        f"{self._origin(offer.name)}: its entry point is {offer.target}, and its card says "
                        f"{card.implementation}: make them the same"
                    )
                return card
        raise PluginError(
            f"{self._origin(offer.name)}: {module} has no such card: expected CARD = "
            f"Card(name='{offer.name}', kind='{self.kind}', …)"
        )

    def _targeted(self, name: str) -> Card:
        """Card of `package.module:attribute`; one without a card gets a card that requests a GPU."""
        target = target_of(name)
        known = next((card for card in self.built_in.values() if card.implementation == target), None)
        if known is not None:
            raise PluginError(f"{self.kind} '{target}' comes with bauta: call it '{known.name}'")
        try:
            cards = [card for card in read_cards(target.partition(":")[0]) if card.implementation == target]
        except CardError as error:
            raise PluginError(f"{self.kind} '{target}': {error}") from None
        if cards and cards[0].kind != self.kind:
            raise PluginError(f"{self.kind} '{target}': its card says that it is a {cards[0].kind}")
        card = cards[0] if cards else Card("any", self.kind, target, "", gpu=True)
        return replace(card, name=path_name(name))
