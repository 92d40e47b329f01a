"""Checks that implementations of bauta's protocols can be put through, by bauta's tests and by others'."""
