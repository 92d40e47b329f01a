"""Face detectors by name."""

from bauta.registry import Registry

DETECTORS = Registry(
    "detector",
    {"mtcnn": "bauta.detect.mtcnn:Mtcnn", "dlib_hog": "bauta.detect.dlib_hog:DlibHog"},
)
