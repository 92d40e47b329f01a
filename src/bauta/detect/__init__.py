"""Face detectors by name."""

from bauta.registry import Registry

DETECTORS = Registry(
    "detector",
    {
        "annotations": "bauta.detect.annotations:Annotations",
        "buffalo_l": "bauta.detect.scrfd:buffalo_l",
        "buffalo_m": "bauta.detect.scrfd:buffalo_m",
        "buffalo_s": "bauta.detect.scrfd:buffalo_s",
        "dlib_hog": "bauta.detect.dlib_hog:DlibHog",
        "facer_retinaface": "bauta.detect.facer_retinaface:facer_retinaface",
        "full_frame": "bauta.detect.full_frame:FullFrame",
        "mediapipe_face": "bauta.detect.mediapipe_face:MediapipeFace",
        "mtcnn": "bauta.detect.mtcnn:Mtcnn",
        "retina_face": "bauta.detect.retina_face:RetinaFace",
        "retinaface_mobilenet": "bauta.detect.facer_retinaface:retinaface_mobilenet",
        "scrfd_2_5g": "bauta.detect.scrfd:scrfd_2_5g",
        "scrfd_500m": "bauta.detect.scrfd:scrfd_500m",
        "yunet": "bauta.detect.yunet:YuNet",
    },
)
