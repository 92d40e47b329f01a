"""Metrics of expression and realism, and the confidence intervals of all measurements."""

from bauta.registry import Registry

MEASURES = Registry("measure", None, ("bauta.metrics.lpips_distance", "bauta.metrics.fid"))
"""The measures of picture quality that load a network; the others need no card."""
