"""bauta: how well face anonymizers hide who someone is and keep what they express."""

__version__ = "0.1.0"
