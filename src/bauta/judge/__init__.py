"""Checking what can be measured on a dataset, before anything expensive is computed."""
