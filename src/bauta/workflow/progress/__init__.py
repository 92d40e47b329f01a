"""Progress on the console: what runs, how far the run is, what failed, and what an edit recomputes."""
