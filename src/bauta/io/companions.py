"""Companion files that systems and programs leave beside photographs, by name: one rule for all adapters.

None of them is a photograph of the dataset: `._x.jpg` is a Mac's note on `x.jpg`, `@eaDir` and `.thumbnails`
hold small copies, `.ipynb_checkpoints` old ones, `#recycle` deleted files. A companion never counts as an
image, a person or a part of a dataset's fingerprint, and companion folders are not entered (`lost+found`
forbids it anyway).
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "macOS": (
        *("._*", ".ds_store", "__macosx", ".appledouble", ".appledb", ".appledesktop", ".apdisk", "icon\r"),
        *(".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", ".documentrevisions-v100"),
        *(".localized", ".lsoverride", "network trash folder", "temporary items"),
    ),
    "Windows": (
        *("thumbs.db", "thumbs.db:*", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "~$*"),
        *("$recycle.bin", "recycler", "system volume information", "*:zone.identifier"),
    ),
    "network storage": (
        *("@eadir", "@tmp", "@sharebin", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),
        *(".@__thumb", "@__thumb", "*@synoeastream", "*@synoresource", ".snapshot", ".snapshots", ".nfs*"),
    ),
    "file system": ("lost+found", ".trash-*", ".fuse_hidden*"),
    "thumbnails": (".thumbnails", ".thumbs", ".xvpics", "zbthumbnail.info", ".picasaoriginals"),
    "notebook": (".ipynb_checkpoints",),
    "version control": (".git*", ".dvc*", ".svn", ".hg*", ".bzr"),
    "editor": (
        *("*~", "#*#", ".#*", "*.swn", "*.swo", "*.swp", "*.swx", "*.bak"),
        *("*.jpg_original", "*.jpeg_original", "*.png_original", "*.tif_original", "*.tiff_original"),
    ),
    "hidden": (".*",),
}
"""Origin → file names in lower case; a star matches any text, and the first match counts."""

_NAMES = {name: kind for kind, names in PATTERNS.items() for name in names if "*" not in name}
_PARTS = [
    (name.partition("*")[0], name.partition("*")[2], kind)
    for kind, names in PATTERNS.items()
    for name in names
    if "*" in name
]
_HEADS = tuple(head for head, _, _ in _PARTS if head)
_TAILS = tuple(tail for _, tail, _ in _PARTS if tail)


def companion(name: str) -> str | None:
    """The origin of a companion file or folder of this name; None where the name is no companion's."""
    lower = name.lower()
    if lower in _NAMES:
        return _NAMES[lower]
    if not lower.startswith(_HEADS) and not lower.endswith(_TAILS):
        return None
    return next(
        (kind for head, tail, kind in _PARTS if lower.startswith(head) and lower.endswith(tail)), None
    )


def companion_in(path: str) -> str | None:
    """The origin of the first companion among the parts of a path; None where there is none."""
    return next((kind for part in PurePosixPath(path).parts if (kind := companion(part))), None)
