"""Anonymizers without a network: blur, pixelate, blackout, and the original as a control."""
