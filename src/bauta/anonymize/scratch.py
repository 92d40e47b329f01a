"""Storage for images that are computed before they are needed: in memory up to a limit, then on disk."""

import tempfile
import weakref
from collections.abc import Sequence

import numpy as np

from bauta.protocols import Images

MEMORY_BYTES = 2**28


class ImageScratch:
    """A list of uint8 images of one shape, appended one by one and read in any order.

    Images beyond the memory limit are in an unnamed file in Python's temporary folder (`TMPDIR`), which
    disappears with the process, however it ends.

    Args:
        shape: Shape of an image.
        memory_bytes: Size above which the images are on disk.
    """

    def __init__(self, shape: Sequence[int], memory_bytes: int = MEMORY_BYTES) -> None:
        self._shape = tuple(shape)
        self._bytes = int(np.prod(self._shape))
        self._count = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=memory_bytes)  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._count

    def append(self, image: Images) -> None:
        """Add an image.

        Raises:
            OSError: the temporary folder is full.
        """
        self._file.seek(self._count * self._bytes)
        self._file.write(image.tobytes())
        self._count += 1

    def __getitem__(self, number: int) -> Images:
        if not 0 <= number < self._count:
            raise IndexError(f"expected a number below {self._count}, got {number}")
        self._file.seek(number * self._bytes)
        return np.frombuffer(self._file.read(self._bytes), dtype=np.uint8).reshape(self._shape)
