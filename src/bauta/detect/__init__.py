"""Face detectors by name."""

from bauta.registry import Registry

DETECTORS = Registry(
    "detector",
    "bauta.detectors",
    (
        "bauta.detect.annotations",
        "bauta.detect.dlib_hog",
        "bauta.detect.facer_retinaface",
        "bauta.detect.full_frame",
        "bauta.detect.mediapipe_face",
        "bauta.detect.mtcnn",
        "bauta.detect.retina_face",
        "bauta.detect.scrfd",
        "bauta.detect.yunet",
    ),
)
