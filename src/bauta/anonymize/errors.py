"""Errors of anonymizers."""

from bauta.errors import BautaError


class AnonymizationError(BautaError, RuntimeError):
    """A set is not anonymized as promised; if a backend raises it for a batch, only those faces fail."""
