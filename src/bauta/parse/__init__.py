"""Face parsers by name."""

from bauta.registry import Registry

PARSERS = Registry(
    "parser",
    "bauta.parsers",
    (
        "bauta.parse.bisenet",
        "bauta.parse.farl",
        "bauta.parse.head_segmentation",
        "bauta.parse.landmark_hull",
        "bauta.parse.light_unet",
    ),
)
