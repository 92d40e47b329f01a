"""The conditional generator that bauta trains itself."""
