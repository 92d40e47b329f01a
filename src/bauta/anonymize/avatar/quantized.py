"""Any generator that sees nothing but conditions, given those of one of K states."""

from collections.abc import Callable, Sequence

import numpy as np

from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.avatar.settings import STATE_SEES
from bauta.contract import Status
from bauta.protocols import AnonymizedBatch, Anonymizer, FaceBatch, Images

Conditions = Callable[[Sequence[str], Images], FaceBatch]
"""Finds what a generator sees in drawings uint8 (N, size, size, 3) with names."""


class QuantizedGenerator:
    """Draws a face once for each state, from the conditions that are found in the avatar's drawing of it.

    So it has no more than K different faces, whatever the generator does, and sees nobody's mesh or parsing.
    A generator that sees the context of a face cannot be quantized: the context is part of its output, and no
    two photographs share it.

    Args:
        generator: Sees conditions alone.
        quantizer: Tells the state of a face.
        conditions: Finds the conditions.

    Attributes:
        sees: What tells the state.
    """

    def __init__(self, generator: Anonymizer, quantizer: Quantizer, conditions: Conditions) -> None:
        self.sees = STATE_SEES
        self._generator = generator
        self._quantizer = quantizer
        self._conditions = conditions
        self._drawn: dict[int, Images | None] = {}

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Return uint8 (N, size, size, 3) images.

        A face gets `failed` whose state is unknown, or in the drawing of whose state no conditions are found.

        Raises:
            DataError: the batch has no posteriors or no landmarks.
        """
        codes = self._quantizer.codes(batch).tolist()
        self._draw(sorted(set(codes) - self._drawn.keys() - {-1}), seed)
        size = self._quantizer.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        known = np.zeros(len(batch), dtype=bool)
        for row, code in enumerate(codes):
            drawn = self._drawn.get(code)
            if drawn is not None:
                images[row], known[row] = drawn, True
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.FAILED.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )

    def _draw(self, codes: Sequence[int], seed: int) -> None:
        if not codes:
            return
        drawings = np.stack([self._quantizer.drawing(code) for code in codes])
        asked = self._conditions([f"state {code}" for code in codes], drawings)
        done = self._generator.anonymize(asked, seed=seed)
        for code, image, status in zip(codes, done.images, done.status.tolist(), strict=True):
            self._drawn[code] = image if status == Status.OK.code else None
