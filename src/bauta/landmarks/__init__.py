"""Landmark models by name."""

from bauta.registry import Registry

LANDMARKERS = Registry("landmarker", {"dlib68": "bauta.landmarks.dlib68:Dlib68"})
