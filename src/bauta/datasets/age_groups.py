"""The age groups of FairFace, so that ages in years and FairFace's own classes can be compared."""

from bisect import bisect_right

AGE_GROUPS = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")
"""Classes of the attribute age, from the youngest."""

_STARTS = (0, 3, 10, 20, 30, 40, 50, 60, 70)


def age_group(years: int) -> str:
    """The class in `AGE_GROUPS` of an age in full years, 0 or more."""
    return AGE_GROUPS[bisect_right(_STARTS, years) - 1]
