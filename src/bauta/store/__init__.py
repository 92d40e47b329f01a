"""Zarr stores with one row per face: written once, shard by shard, and refused unless complete.

A store is a directory with one Zarr v3 array for each name and a `store.json`, written last, with the row
ids, attributes, size and SHA-256 of every file, and the store's seal. A store without it is incomplete.
Missing chunks would be read as black images (Zarr's fill value), so readers check that every file exists,
stop if one vanishes, and compare each with its SHA-256 when they first read it.
"""

from bauta.store.infeasible import store_or_reason
from bauta.store.reader import Store
from bauta.store.spec import ArraySpec
from bauta.store.writer import StoreWriter

__all__ = ["ArraySpec", "Store", "StoreWriter", "store_or_reason"]
