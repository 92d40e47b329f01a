"""Typed errors. Every message is one line: what was expected, what was got, where, what to do."""


class BautaError(Exception):
    """Base class of all errors that bauta raises on purpose."""


class ConfigError(BautaError, ValueError):
    """The configuration cannot be used."""


class DataError(BautaError, ValueError):
    """A dataset or a table does not hold what the stage needs."""


class StoreError(BautaError, OSError):
    """A Zarr store is missing, incomplete or does not hold what was expected."""


class DiskError(BautaError, OSError):
    """A file cannot be written: the disk is full, read-only or not ours."""


class ModelError(BautaError, OSError):
    """A model file is missing, has the wrong hash or cannot be loaded."""


class UnknownNameError(ConfigError, KeyError):
    """A name is in no registry."""

    def __str__(self) -> str:
        return str(self.args[0])


class InfeasibleError(BautaError, ValueError):
    """The data cannot support what was asked, such as k-Same with fewer subjects than k."""
