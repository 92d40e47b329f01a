"""Fixtures of small_registry.py for all tests of this folder."""

from small_registry import registry, server, store

__all__ = ["registry", "server", "store"]
