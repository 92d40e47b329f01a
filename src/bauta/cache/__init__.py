"""The cache as a whole: its status, its users, and its stale, damaged and shared artifacts."""
