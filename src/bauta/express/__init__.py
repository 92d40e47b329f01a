"""Expression teachers: networks that read the expression of a face."""

from collections.abc import Mapping

from bauta.registry import Registry

TEACHERS = Registry(
    "teacher",
    "bauta.teachers",
    (
        "bauta.express.dan",
        "bauta.express.ddamfn",
        "bauta.express.emonet",
        "bauta.express.ferplus",
        "bauta.express.hsemotion",
        "bauta.express.poster",
        "bauta.express.trained",
        "bauta.express.shipped",
        "bauta.express.xception",
    ),
)

ORIGINALS_READER = "resnet18"
"""The teacher that is trained on the dataset's originals; what it reads on originals is what may be lost."""

ADAPTED: Mapping[str, tuple[bool, ...]] = {"resnet18_anonymized": (True,), "resnet18_both": (False, True)}
"""Teachers that are trained anew for each anonymized set: on originals, False, on anonymized faces, True, or
on both. They answer whether expression recovers when its reader adapts."""

REAL = "real"
LEARNS: Mapping[str, tuple[bool, ...]] = {REAL: (False,), "anonymized": (True,), "mixed": (False, True)}
"""What the networks of the training scenario learn from, likewise."""

TRAINED = frozenset({ORIGINALS_READER, *ADAPTED})
"""The teachers that the workflow trains on a dataset's own labels; the others come with their weights."""
