"""Model files: their locations, their expected hashes and their terms."""
