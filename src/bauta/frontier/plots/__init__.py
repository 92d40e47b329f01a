"""The pictures of a run; each function draws one PNG and needs no display."""
