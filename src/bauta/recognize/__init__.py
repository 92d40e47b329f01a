"""Face recognizers by name."""

from bauta.registry import Registry

RECOGNIZERS = Registry(
    "recognizer",
    {
        "adaface_ir101": "bauta.recognize.adaface:adaface_ir101",
        "adaface_ir50": "bauta.recognize.adaface:adaface_ir50",
        "arcface_glint": "bauta.recognize.arcface:arcface_glint",
        "arcface_mbf": "bauta.recognize.arcface:arcface_mbf",
        "arcface_r50": "bauta.recognize.arcface:arcface_r50",
        "dlib_resnet": "bauta.recognize.dlib_resnet:DlibResnet",
        "facenet_casia": "bauta.recognize.facenet:facenet_casia",
        "facenet_vggface2": "bauta.recognize.facenet:facenet_vggface2",
        "mobilefacenet": "bauta.recognize.mobilefacenet:mobilefacenet",
        "mobilefacenet_casia": "bauta.recognize.mobilefacenet_casia:mobilefacenet_casia",
    },
)
