"""Alignment and cropping: from a detection to an aligned crop."""
