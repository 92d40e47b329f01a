"""Registries of implementations: their names and their cards. Nothing is imported before it is used."""

from bauta.registry.card import Card
from bauta.registry.names import nearest, path_name
from bauta.registry.registry import Registry

__all__ = ["Card", "Registry", "nearest", "path_name"]
