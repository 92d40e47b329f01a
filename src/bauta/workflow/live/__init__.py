"""The report of a run while it fills, on a page that only this machine can open."""
