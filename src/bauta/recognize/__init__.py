"""Face recognizers by name."""

from bauta.registry import Registry

RECOGNIZERS = Registry(
    "recognizer",
    "bauta.recognizers",
    (
        "bauta.recognize.adaface",
        "bauta.recognize.arcface",
        "bauta.recognize.dlib_resnet",
        "bauta.recognize.facenet",
        "bauta.recognize.mobilefacenet",
        "bauta.recognize.mobilefacenet_casia",
    ),
)
