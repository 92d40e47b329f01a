"""Estimators of what a face shows besides identity and class of expression: pose, gaze and the like."""

from bauta.registry import Registry

ESTIMATORS = Registry(
    "estimator",
    "bauta.preservation",
    (
        "bauta.preserve.celeba_attributes",
        "bauta.preserve.dlib68",
        "bauta.preserve.emonet",
        "bauta.preserve.mediapipe478",
        "bauta.preserve.openface",
    ),
)
