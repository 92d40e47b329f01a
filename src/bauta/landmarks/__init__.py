"""Landmark models by name."""

from bauta.registry import Registry

LANDMARKERS = Registry(
    "landmarker",
    "bauta.landmarkers",
    (
        "bauta.landmarks.dlib68",
        "bauta.landmarks.insight",
        "bauta.landmarks.mediapipe478",
    ),
)
