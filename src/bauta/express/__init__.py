"""Expression teachers: networks that read the expression of a face."""

from collections.abc import Mapping

from bauta.registry import Registry

TEACHERS = Registry(
    "teacher",
    {
        "big_xception": "bauta.express.xception:big_xception",
        "dan7": "bauta.express.dan:dan7",
        "dan8": "bauta.express.dan:dan8",
        "emonet5": "bauta.express.emonet:emonet5",
        "emonet8": "bauta.express.emonet:emonet8",
        "ferplus": "bauta.express.ferplus:ferplus",
        "hsemotion_b0": "bauta.express.hsemotion:hsemotion_b0",
        "hsemotion_b0_afew": "bauta.express.hsemotion:hsemotion_b0_afew",
        "hsemotion_b2": "bauta.express.hsemotion:hsemotion_b2",
        "hsemotion_b2_7": "bauta.express.hsemotion:hsemotion_b2_7",
        "mini_xception": "bauta.express.xception:mini_xception",
        "resnet18": "bauta.express.resnet18:ResNet18Teacher",
        "resnet18_anonymized": "bauta.express.resnet18:ResNet18Teacher",
        "resnet18_both": "bauta.express.resnet18:ResNet18Teacher",
        "resnet18_fer2013": "bauta.express.resnet18:resnet18_fer2013",
    },
)

ORIGINALS_READER = "resnet18"
"""The teacher that is trained on the dataset's originals; what it reads on originals is what may be lost."""

ADAPTED: Mapping[str, tuple[bool, ...]] = {"resnet18_anonymized": (True,), "resnet18_both": (False, True)}
"""Teachers that are trained anew for each anonymized set: on originals, False, on anonymized faces, True, or
on both. They answer whether expression recovers when its reader adapts."""

TRAINED = frozenset({ORIGINALS_READER, *ADAPTED})
"""The teachers that the workflow trains on a dataset's own labels; the others come with their weights."""
