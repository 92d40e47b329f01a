"""The loop over batches of views that all recognizers share."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import check_crops
from bauta.inference.gpu_memory import Halving
from bauta.protocols import Floats, Images
from bauta.store.ahead import one_ahead

BATCH = 16


class CropView(Protocol):
    """A part of a crop, such as a `FaceView`."""

    def render(self, crops: Images, contract: CropContract) -> Images:
        """Render views uint8 (N, height, width, 3) RGB of uint8 (N, size, size, 3) RGB crops."""
        ...


def embed_batches(
    crops: Images,
    contract: CropContract,
    view: CropView,
    forward: Callable[[NDArray[Any]], Floats],
    *,
    dimensions: int,
    batch: int = BATCH,
    prepare: Callable[[Images], NDArray[Any]] = np.asarray,
) -> Floats:
    """Compute unit vectors of crops in batches of a fixed size.

    Views are rendered and prepared while the network computes.

    Args:
        crops: uint8 (N, size, size, 3) RGB.
        contract: Geometry of the crops.
        view: Part of the crop that the network sees.
        forward: Maps what `prepare` returns to float32 (B, dimensions), of any norm.
        dimensions: Dimensions of an embedding.
        batch: Number of views that go through the network at once.
        prepare: Maps uint8 (B, height, width, 3) RGB views to the network's input (B, …); by default they are
            the input.

    Returns:
        float32 (N, dimensions) of norm 1.

    Raises:
        DataError: the crops do not have the contract's shape or are not uint8.
        GpuMemoryError: a single view does not fit into the GPU's memory.
        ModelError: the network's vectors are zero or not finite, and therefore have no direction.
    """
    check_crops(crops, contract)
    vectors = np.empty((len(crops), dimensions), dtype=np.float32)
    forward = Halving(forward)
    at_once = batch * -(-BATCH // batch)
    groups = (crops[start : start + at_once] for start in range(0, len(crops), at_once))
    start = 0
    for views in one_ahead(prepare(view.render(group, contract)) for group in groups):
        for first in range(0, len(views), batch):
            part = views[first : first + batch]
            vectors[start : start + len(part)] = forward(part)
            start += len(part)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ModelError(
            "recognizer: the network gave vectors that are zero or not finite; download its file again"
        )
    return vectors / norms
