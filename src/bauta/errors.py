"""Typed errors. Every message is one line: expected, got, which item, and what to do."""


class BautaError(Exception):
    """Base class of all errors that bauta raises on purpose."""


class ConfigError(BautaError, ValueError):
    """The configuration cannot be used."""


class DataError(BautaError, ValueError):
    """A dataset or a table lacks what the stage needs."""


class StoreError(BautaError, OSError):
    """A Zarr store is missing or incomplete, or its contents are not as expected."""


class DiskError(BautaError, OSError):
    """A file cannot be written: the disk is full or read-only, or permission is denied."""


class ModelError(BautaError, OSError):
    """A model file is missing, has the wrong hash or cannot be loaded."""


class MissingPackageError(BautaError, ModuleNotFoundError):
    """A package that comes with an extra of bauta is not installed, or cannot be imported."""


class UnknownNameError(ConfigError, KeyError):
    """A name is not registered."""

    def __str__(self) -> str:
        return str(self.args[0])


class CardError(ConfigError):
    """The card of an implementation, or the implementation that it names, cannot be used."""


class PluginError(ConfigError):
    """What a distribution offers as a plug-in cannot be used; the message names the distribution."""


class InfeasibleError(DataError):
    """The data cannot support the request, such as k-Same with fewer subjects than k."""
