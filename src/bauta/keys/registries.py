"""The registries of implementations that have a version of their own."""

from collections.abc import Mapping

from bauta.anonymize import ANONYMIZERS
from bauta.attack import ATTACKS
from bauta.attack.views import VIEWS
from bauta.datasets import ADAPTERS
from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.preserve import ESTIMATORS
from bauta.recognize import RECOGNIZERS
from bauta.registry import Registry

REGISTRIES: Mapping[str, Registry] = {
    "anonymize": ANONYMIZERS,
    "attack": ATTACKS,
    "view": VIEWS,
    "datasets": ADAPTERS,
    "detect": DETECTORS,
    "express": TEACHERS,
    "landmarks": LANDMARKERS,
    "parse": PARSERS,
    "preserve": ESTIMATORS,
    "recognize": RECOGNIZERS,
}
"""Room → its registry; an implementation's version is that of `<room>/<name>`."""
