"""Conversion of any teacher's posteriors to the space of bauta's seven expressions."""

import numpy as np

from bauta.errors import DataError
from bauta.labels import EXPRESSIONS, LabelSpace
from bauta.protocols import Floats


def to_expressions(probabilities: Floats, space: LabelSpace) -> Floats:
    """Convert native probabilities to the columns of `EXPRESSIONS`.

    Classes without a counterpart are dropped and the others rescaled to sum to 1, which is the posterior
    given that the face shows one of the expressions. A face with all of its probability on classes without
    a counterpart has no posterior in this space: NaN. Expressions that the teacher does not know
    (`space.unknown`) are 0.

    Args:
        probabilities: float32 (N, K) in the order of `space.classes`; NaN rows stay NaN.
        space: The label space of the columns.

    Returns:
        float32 (N, 7), whose rows sum to 1 or are NaN.

    Raises:
        DataError: the number of columns differs from the number of classes of the space.
    """
    classes = space.classes
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes):
        raise DataError(
            f"expected probabilities (N, {len(classes)}) of label space '{space.name}', "
            f"got shape {probabilities.shape}: pass the label space of the teacher's output"
        )
    common = np.zeros((len(probabilities), len(EXPRESSIONS)), dtype=np.float64)
    for column, name in enumerate(classes):
        expression = space.expression(name)
        if expression is not None:
            common[:, EXPRESSIONS.index(expression)] += probabilities[:, column]
    total = common.sum(axis=1, keepdims=True)
    shares = np.divide(common, total, out=np.full_like(common, np.nan), where=total > 0)
    return shares.astype(np.float32)
