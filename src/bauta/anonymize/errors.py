"""What can go wrong with an anonymizer."""

from bauta.errors import BautaError


class AnonymizationError(BautaError, RuntimeError):
    """A set is not anonymized as promised; a backend that raises it for a batch fails those faces only."""
