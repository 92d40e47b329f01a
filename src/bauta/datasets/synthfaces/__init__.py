"""The embedded dataset: rendered faces with known identity, expression, landmarks and parsing."""

from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.datasets.synthfaces.expression import Activation, schedule
from bauta.datasets.synthfaces.identity import Identity, sample_identity
from bauta.datasets.synthfaces.render import SynthImage, render_image

__all__ = [
    "Activation",
    "Identity",
    "SynthImage",
    "render_dataset",
    "render_image",
    "sample_identity",
    "schedule",
]
