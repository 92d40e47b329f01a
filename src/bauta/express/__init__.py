"""Expression teachers: networks that read the expression of a face."""

from bauta.registry import Registry

TEACHERS = Registry("teacher", {"resnet18": "bauta.express.resnet18:ResNet18Teacher"})
