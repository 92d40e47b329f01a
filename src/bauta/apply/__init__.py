"""Anonymizing pictures with a chosen setting: `bauta.apply(images, setting)`, and the parts behind it."""

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bauta.apply.arrays import Report
    from bauta.protocols import Images


class _CallableRoom(ModuleType):
    """Lets `bauta.apply` be called, although it is also the package of that name."""

    def __call__(
        self, images: "Sequence[Images]", setting: Any, **options: Any
    ) -> "tuple[list[Images], Report]":
        """Anonymize every face of uint8 (H, W, 3) RGB images; see `bauta.apply.arrays.anonymize`."""
        from bauta.apply.arrays import anonymize  # noqa: PLC0415 - loads the models' packages

        return anonymize(images, setting, **options)


sys.modules[__name__].__class__ = _CallableRoom
