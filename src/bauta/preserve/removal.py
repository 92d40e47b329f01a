"""Attributes that a classifier gives a face before and not after, as in GANonymization's evaluation."""

import numpy as np
from numpy.typing import NDArray

from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, ratio_value
from bauta.preserve.quantities import CELEBA_ATTRIBUTES
from bauta.preserve.run import Estimates

PRESENT = 0.5
"""Least probability of an attribute that a face is said to have."""

QUANTITY = "celeba_attributes"


def removal(
    before: Estimates, after: Estimates, units: NDArray[np.str_], resampling: Resampling
) -> dict[str, Value]:
    """Shares of the attributes that are removed, as in Hellmann et al., "GANonymization", section 4.3.

    Args:
        before: Estimates in the originals, of the quantity `celeba_attributes`.
        after: Those in the anonymized faces.
        units: The person of each face, (N,).
        resampling: Settings of the bootstrap.

    Returns:
        `removed_{attribute}` is the share of the faces that have it before and not after,
        `attributes_removed` that of all attributes of all faces; a face that is not found any more has none.
        The variants `*_covered` are of the faces found in both. `attributes_added` is the share of the absent
        attributes of the faces found in both that are there afterwards: a classifier that answers anonymized
        faces at random removes and adds alike.
    """
    unit = np.unique(units, return_inverse=True)[1]
    both = before.found & after.found
    had = before.found[:, None] & (np.nan_to_num(before.values[QUANTITY]) >= PRESENT)
    has = after.found[:, None] & (np.nan_to_num(after.values[QUANTITY]) >= PRESENT)

    def share(hits: NDArray[np.bool_], of: NDArray[np.bool_], reason: str) -> Value:
        top, bottom = (
            np.bincount(unit, part.reshape(len(part), -1).sum(axis=1).astype(np.float64))
            for part in (hits & of, of)
        )
        return ratio_value(top, bottom, resampling, proportion=True, reason=reason)

    nothing = "no face has the attribute before"
    values = {
        "attributes_removed": share(~has, had, "no face has an attribute before"),
        "attributes_removed_covered": share(
            ~has, had & both[:, None], "no face has an attribute and is found"
        ),
        "attributes_added": share(has, ~had & both[:, None], "no face that is found lacks an attribute"),
    }
    for column, name in enumerate(CELEBA_ATTRIBUTES):
        gone, own = ~has[:, column], had[:, column]
        values[f"removed_{name}"] = share(gone, own, nothing)
        values[f"removed_{name}_covered"] = share(gone, own & both, nothing)
    return values
