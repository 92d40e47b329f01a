"""Remarks on an expression measurement that its clipped numbers do not show."""

from collections.abc import Iterator

from bauta.measurement import Measurement, Value


def remarks(expression: Measurement) -> Iterator[str]:
    """Say where expressions are read better than on the clear faces, and what relative utility was clipped.

    The relative utility is (after − chance) / (before − chance) of macro-F1, and is stored clipped to [0, 1].
    An anonymizer that is above 1 was told the expressions, or removed what misleads the teacher.
    """
    missing = Value.missing("not measured")
    before, after, chance, utility = (
        expression.values.get(name, missing).value
        for name in ("clear_macro_f1", "macro_f1", "chance_macro_f1", "utility")
    )
    if before is None or after is None:
        return
    relative = None if chance is None or utility is None else (after - chance) / (before - chance)
    if after > before:
        counted = "" if relative is None else f", a relative utility of {relative:.3f} that counts as 1"
        yield f"macro-F1 {after:.3f} is above that of the clear faces, {before:.3f}{counted}"
    elif relative is not None and relative < 0.0:
        yield f"macro-F1 {after:.3f} is below chance, a relative utility of {relative:.3f} that counts as 0"
