"""Face parsers by name."""

from bauta.registry import Registry

PARSERS = Registry("parser", {"landmark_hull": "bauta.parse.landmark_hull:LandmarkHull"})
