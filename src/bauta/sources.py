"""The source that a stage's computation depends on, as a hash; comments, docstrings and layout do not count.

A stage starts from its workflow scripts, an implementation from its module; both follow every import inside
bauta, wherever in a module it stands. What an implementation shares with the stage that calls it counts for
the stage alone, so that a change of one backend is a change of that backend.
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from bauta.anonymize import ANONYMIZERS
from bauta.datasets import ADAPTERS
from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.registry import Registry

PACKAGE = Path(__file__).parent
SCRIPTS = PACKAGE.parents[1] / "workflow_scripts"

STAGES: Mapping[str, tuple[str, ...]] = {
    "render": ("render",),
    "index": ("index",),
    "split": ("split",),
    "crop": ("detect", "align", "crop"),
    "landmarks": ("landmarks",),
    "parse": ("parse",),
    "anonymize": ("anonymize",),
    "embed": ("embed",),
    "train_teacher": ("train_teacher",),
    "express": ("express",),
    "attack": ("attack",),
    "adapt": ("adapt",),
    "expression": ("expression",),
    "realism": ("realism",),
    "coverage": ("coverage",),
    "frontier": ("frontier",),
    "plot": ("plot", "plot_contact_sheet"),
    "report": ("report",),
}
"""Stage → its scripts."""

IMPLEMENTATIONS: Mapping[str, tuple[Registry, tuple[str, ...]]] = {
    "anonymize": (ANONYMIZERS, ("anonymize",)),
    "datasets": (ADAPTERS, ("index",)),
    "detect": (DETECTORS, ("crop", "coverage")),
    "express": (TEACHERS, ("express",)),
    "landmarks": (LANDMARKERS, ("landmarks",)),
    "parse": (PARSERS, ("parse",)),
    "recognize": (RECOGNIZERS, ("embed",)),
}
"""Folder → its registry and the stages that call what is in it."""

TEMPLATES: Mapping[str, tuple[str, ...]] = {"report": ("frontier/report.html.j2",)}
"""Stage → files of the package that are no modules."""

CHANGES_NO_NUMBER = (
    "anonymize.settings",
    "config",
    "errors",
    "fingerprint",
    "job",
    "keys",
    "made",
    "models.card",
    "models.check",
    "models.configured",
    "models.download",
    "models.pack",
    "models.pins",
    "models.record",
    "models.store",
    "models.usage",
    "registry",
    "resources",
    "versions",
)
"""Modules and packages that only check, find and report: their values reach a stage through its key."""


@cache
def sources() -> dict[str, str]:
    """Hash of the source of every stage (`anonymize`) and implementation (`anonymize/ksame`)."""
    stages = {name: _closure(*map(_script, scripts)) for name, scripts in STAGES.items()}
    found = {name: _hash(files, TEMPLATES.get(name, ())) for name, files in stages.items()}
    for folder, (registry, callers) in IMPLEMENTATIONS.items():
        shared = frozenset.intersection(*(stages[name] for name in callers))
        for name in registry:
            module = registry[name].partition(":")[0]
            own = _closure(_file(module.split(".")[1:]) or PACKAGE) - shared
            found[f"{folder}/{name}"] = _hash(own, (), registry[name])
    return found


def _script(name: str) -> Path:
    return SCRIPTS / f"{name}.py"


def _closure(*start: Path) -> frozenset[Path]:
    """The files and all of bauta that they import, directly or not."""
    found: set[Path] = set()
    pending = list(start)
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += _imports(path)
    return frozenset(found)


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    files = []
    for name in _imported_names(_parse(path)):
        parts = name.split(".")
        if parts[0] != "bauta" or _excluded(parts):
            continue
        files += [file for end in range(2, len(parts) + 1) if (file := _file(parts[1:end])) is not None]
    return tuple(files)


def _excluded(parts: list[str]) -> bool:
    names = {".".join(parts[1:end]) for end in range(2, len(parts) + 1)}
    return not names.isdisjoint(CHANGES_NO_NUMBER)


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """Dotted names; the last part of one may be an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(parts: list[str]) -> Path | None:
    """The file of a module or package below bauta; None for an attribute."""
    place = PACKAGE.joinpath(*parts)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _hash(files: frozenset[Path], templates: tuple[str, ...] = (), target: str = "") -> str:
    total = hashlib.sha256(target.encode())
    for path in sorted(files, key=lambda path: path.relative_to(PACKAGE.parents[1]).as_posix()):
        total.update(_normalized(path).encode())
    for name in templates:
        total.update((PACKAGE / name).read_bytes())
    return total.hexdigest()[:16]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _normalized(path: Path) -> str:
    """A module as text, without comments, docstrings, layout, the order of its imports and its registries."""
    return normalize(_parse(path))


def normalize(tree: ast.Module) -> str:
    """The syntax tree as text: what has no effect on a computation is left out."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [node for node in tree.body if node not in imports and not _is_registry(node)]
    lines = [*sorted(map(_text, imports)), *map(_text, _without_docstring(others))]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    """Independent of the Python version: empty fields, which newer versions add, are left out."""
    if isinstance(value, list):
        return f"[{' '.join(map(_text, _without_docstring(value)))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = [(name, part) for name, part in ast.iter_fields(value) if part is not None and part != []]
    return f"({type(value).__name__} {' '.join(f'{name}={_text(part)}' for name, part in fields)})"


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements but for texts that stand alone, which document what is before or around them."""
    return [
        node
        for node in body
        if not (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
    ]


def _is_registry(node: ast.stmt) -> bool:
    """A new entry of a registry changes nothing that the others compute."""
    value = getattr(node, "value", None)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Registry"
