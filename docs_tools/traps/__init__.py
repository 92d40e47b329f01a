"""Pictures of the traps of `docs/traps.md`."""
