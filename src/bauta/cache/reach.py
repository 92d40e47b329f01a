"""The files that record which stores a checkout needs in a cache that it shares with others."""

import json
import os
import socket
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Self

from bauta.errors import StoreError

CHECKOUT = Path(".snakemake/bauta-checkout")
"""Holds a number unique to the checkout: two machines may have different checkouts at the same path."""

FORMAT = 1


@dataclass(frozen=True)
class Reach:
    """The artifacts that a plan of a checkout reaches.

    Attributes:
        format: Of the file.
        name: Of the checkout, for `bauta clean-stale --forget`.
        checkout: Where it is.
        number: Of the checkout.
        host: The machine that it was planned on.
        mount: Where the disk of the checkout is mounted there.
        user: Who planned.
        configs: The files of the configuration.
        root: The name, in the checkout, of the folder that holds this file: `cache` or `cache/<dataset>`.
        paths: The stores that are kept.
        whole: Folders of which everything is kept.
    """

    format: int
    name: str
    checkout: str
    number: str
    host: str
    mount: str
    user: str
    configs: tuple[str, ...]
    root: str
    paths: tuple[str, ...]
    whole: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a record.

        Raises:
            FileNotFoundError: it is gone.
            StoreError: it is damaged or of another version, so the checkout's stores are unknown.
        """
        try:
            found = json.loads(path.read_bytes())
            values = {each.name: found[each.name] for each in fields(cls)}
            if values["format"] != FORMAT:
                raise ValueError(f"expected format {FORMAT}, got {values['format']}")
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path} cannot be read ({error}), so the stores that its checkout needs are unknown: update "
                "bauta, or find its owner and remove it"
            ) from error
        lists = {name: tuple(values[name]) for name in ("configs", "paths", "whole")}
        return cls(**{**values, **lists})

    @property
    def is_gone(self) -> bool:
        """Whether this machine planned the checkout and has its disk, but no longer the checkout itself."""
        if self.host != socket.gethostname() or not os.path.ismount(self.mount):
            return False
        checkout = Path(self.checkout)
        try:
            checkout.stat()
            return (checkout / CHECKOUT).read_text(encoding="utf-8").strip() != self.number
        except FileNotFoundError:
            # Without its number, as after `rm -r .snakemake`, it may still be the same checkout.
            return not checkout.exists()
        except OSError:
            return False


@dataclass(frozen=True)
class Other:
    """Another checkout that uses the cache.

    Attributes:
        reach: One of its records.
        planned: When it last planned a run, in seconds.
    """

    reach: Reach
    planned: float

    def __str__(self) -> str:
        day = date.fromtimestamp(self.planned).isoformat()
        return f"{self.reach.user} on {self.reach.host}, {self.reach.checkout}, last run on {day}"
