"""Measures of expression and realism, and the intervals around all measured numbers."""
