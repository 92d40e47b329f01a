"""Which columns of the stage `preservation` can be an axis, and how they are scaled."""

from collections.abc import Mapping

PRESERVATION_AXES: Mapping[str, tuple[float, float]] = dict.fromkeys(
    (
        "pose_kept",
        "landmarks_kept",
        "gaze_kept",
        "eye_opening_kept",
        "mouth_opening_kept",
        "blendshapes_kept",
        "valence_kept",
        "arousal_kept",
        "action_units_kept",
        "eye_opening_correlation",
        "mouth_opening_correlation",
        "blendshape_correlation",
        "valence_ccc",
        "arousal_ccc",
        "action_unit_correlation",
    ),
    (0.0, 1.0),
)
"""Column → its value that becomes 0 and its value that becomes 1.

A column `…_kept` is 0 where the estimates are no better than the best constant answer and 1 where nothing has
changed; a face in which nothing is found any more counts as the constant answer. An error in degrees or
pixels has no such ends of its own, so it is no axis: its constant answer differs from dataset to dataset. A
correlation is of the faces found before and after only.
"""

PRESERVED: tuple[str, ...] = (
    "found_before",
    "found_after",
    "pose_error",
    "landmark_nme",
    "gaze_error",
    "eye_opening_error",
    "mouth_opening_error",
    "blendshape_error",
    "valence_error",
    "arousal_error",
    "action_unit_error",
    *PRESERVATION_AXES,
)
"""The columns of the stage in the table of the frontier."""
