"""Landmark models by name."""

from bauta.registry import Registry

LANDMARKERS = Registry(
    "landmarker",
    {
        "dlib68": "bauta.landmarks.dlib68:Dlib68",
        "insight106": "bauta.landmarks.insight:insight106",
        "insight68_3d": "bauta.landmarks.insight:insight68_3d",
        "mediapipe478": "bauta.landmarks.mediapipe478:MediaPipe478",
    },
)
