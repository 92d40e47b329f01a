"""What of a batch an anonymizer gets: declared fields, and pictures with a hole where it is blind."""

from dataclasses import replace

import cv2
import numpy as np

from bauta.errors import ConfigError, DataError
from bauta.protocols import Anonymizer, BlindAnonymizer, FaceBatch


def visible_to(backend: Anonymizer, batch: FaceBatch) -> FaceBatch:
    """The faces with only what a backend declares to see.

    A backend that sees the surroundings of a face gets no pixel of the region that it protects: they are
    black before it is called. It says where that region is without having seen a picture.

    Raises:
        ConfigError: it sees surroundings, and does not say what they surround.
        DataError: it sees surroundings, and the batch has no images.
    """
    seen = batch.restricted_to(backend.sees)
    if "surroundings" not in backend.sees:
        return seen
    if not isinstance(backend, BlindAnonymizer) or "images" in backend.sees:
        raise ConfigError(
            f"{type(backend).__name__} sees surroundings: expected a method 'protected' and no images"
        )
    if batch.images is None:
        raise DataError("expected a batch with images to take the surroundings from, got none")
    hidden = backend.protected(replace(seen, surroundings=None)).astype(np.uint8)
    surroundings = batch.images.copy()
    black = np.zeros(batch.images.shape[1:], dtype=np.uint8)
    for picture, mask in zip(surroundings, hidden, strict=True):
        cv2.copyTo(black, mask, picture)  # many times as fast as numpy's masks
    surroundings.flags.writeable = False
    return replace(seen, surroundings=surroundings)
