"""The fingerprint of a folder of raw data: names and contents, whatever the mtimes."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from bauta.errors import ConfigError


def folder_fingerprint(root: Path, memory: Path) -> str:
    """SHA-256 over the relative names and contents of all files below a folder.

    A file is read again only when its size or its mtime changed since the last time.

    Args:
        root: The folder.
        memory: JSON file that remembers size, mtime and hash of each file.

    Raises:
        ConfigError: the folder does not exist or holds no file.
    """
    if not root.is_dir():
        raise ConfigError(
            f"datasets: the folder {root} does not exist; put the images there or change 'root'"
        )
    known = json.loads(memory.read_text()) if memory.is_file() else {}
    seen = {}
    for name, state in _walk(root):
        stat = [state.st_size, state.st_mtime_ns]
        remembered = known.get(name)
        seen[name] = remembered if remembered and remembered[:2] == stat else [*stat, _sha256(root / name)]
    if not seen:
        raise ConfigError(f"datasets: the folder {root} is empty; put the images there or change 'root'")
    if seen != known:
        memory.parent.mkdir(parents=True, exist_ok=True)
        partial = memory.with_name(f"{memory.name}.{os.getpid()}")
        partial.write_text(json.dumps(seen))
        partial.replace(memory)
    total = hashlib.sha256()
    for name in sorted(seen):
        total.update(f"{name}\0{seen[name][2]}\n".encode())
    return total.hexdigest()


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Relative name and state of each file; links are not followed."""
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                else:
                    yield Path(entry.path).relative_to(root).as_posix(), entry.stat(follow_symlinks=False)


def _sha256(path: Path) -> str:
    """Hash of a file's content, or of a link's target."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
