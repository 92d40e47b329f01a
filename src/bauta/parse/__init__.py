"""Face parsers by name."""

from bauta.registry import Registry

PARSERS = Registry(
    "parser",
    {
        "bisenet": "bauta.parse.bisenet:bisenet",
        "farl_celebm": "bauta.parse.farl:farl_celebm",
        "farl_lapa": "bauta.parse.farl:farl_lapa",
        "head_segmentation": "bauta.parse.head_segmentation:head_segmentation",
        "landmark_hull": "bauta.parse.landmark_hull:LandmarkHull",
        "light_unet": "bauta.parse.light_unet:light_unet",
    },
)
