"""Networks that bauta trains itself."""
