"""Bytes of files and folders."""

import os
from pathlib import Path


def bytes_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return path.lstat().st_size
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(path) for name in names)


def human_bytes(count: int) -> str:
    """Format bytes with a decimal unit: `45.1 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
