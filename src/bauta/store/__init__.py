"""Zarr stores with one row a face: written once, shard by shard, complete or refused.

A store is a directory with one Zarr v3 array for each name and a `store.json` that is written last: row ids,
attributes, and size and SHA-256 of every file. A store without it is incomplete. Missing chunks would read as
black images (Zarr's fill value), so readers check that every file is there, and stop if one vanishes.
"""

from bauta.store.reader import Store
from bauta.store.spec import ArraySpec
from bauta.store.writer import StoreWriter

__all__ = ["ArraySpec", "Store", "StoreWriter"]
