"""Face recognizers by name."""

from bauta.registry import Registry

RECOGNIZERS = Registry("recognizer", {"dlib_resnet": "bauta.recognize.dlib_resnet:DlibResnet"})
