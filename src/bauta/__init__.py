"""bauta: how well face anonymizers hide who someone is and keep what they express."""

from bauta.io.egress import switch_off

__version__ = "0.1.0"

switch_off()
