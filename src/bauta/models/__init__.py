"""Model files: where they are, what they must hash to, and under which terms they come."""
