"""Fixtures of small_registry.py for all tests of this folder."""

from small_registry import server, store

__all__ = ["server", "store"]
