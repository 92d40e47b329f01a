"""Anonymizers that are other programs: their pictures from a folder, or made by running a command."""
