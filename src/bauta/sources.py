"""The source that a stage's computation depends on, as a hash; comments, docstrings and layout do not count.

A stage starts from its workflow scripts, an implementation from its module; both follow every import inside
bauta, wherever in a module it stands. What an implementation shares with the stage that calls it counts for
the stage alone, so that a change of one backend is a change of that backend.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bauta.anonymize import ANONYMIZERS
from bauta.datasets import ADAPTERS
from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.registry import Registry

ROOT = Path(__file__).parents[2]

STAGES: Mapping[str, tuple[str, ...]] = {
    "render": ("render",),
    "index": ("index",),
    "split": ("split",),
    "crop": ("detect", "align", "crop"),
    "landmarks": ("landmarks",),
    "parse": ("parse",),
    "anonymize": ("anonymize",),
    "embed": ("embed",),
    "train_teacher": ("train_teacher", "train_adapted_teacher"),
    "train_anonymizer": ("train_anonymizer",),
    "express": ("express",),
    "attack": ("attack",),
    "adapt": ("adapt",),
    "expression": ("expression",),
    "realism": ("realism",),
    "coverage": ("coverage",),
    "audit": ("audit",),
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


@dataclass(frozen=True)
class Module:
    """What counts of a module.

    Attributes:
        imported: Dotted names; the last part of one may be an attribute.
        text: See `normalize`.
    """

    imported: tuple[str, ...]
    text: str

    @classmethod
    def parse(cls, source: str) -> Self:
        """From its source."""
        tree = ast.parse(source)
        return cls(tuple(dict.fromkeys(_imported(tree))), normalize(tree))


@dataclass(frozen=True)
class SourceTree:
    """The files of a repository, each parsed once."""

    root: Path
    _modules: dict[Path, Module] = field(default_factory=dict, compare=False, repr=False)

    def script(self, name: str) -> Path:
        """A workflow script."""
        return self.root / "workflow_scripts" / f"{name}.py"

    def modules(self, name: str) -> list[Path]:
        """The files behind a dotted name of bauta: the packages above a module, and the module."""
        parts = name.split(".")
        if parts[0] != "bauta" or not _above(parts).isdisjoint(CHANGES_NO_NUMBER):
            return []
        places = [self.root.joinpath("src", *parts[:end]) for end in range(2, len(parts) + 1)]
        files = [path for place in places for path in (place / "__init__.py", place.with_suffix(".py"))]
        return [path for path in files if path.is_file()]

    def closure(self, *start: Path) -> frozenset[Path]:
        """Files and all of bauta that they import, directly or not."""
        found: set[Path] = set()
        pending = list(start)
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                pending += [file for name in self.module(path).imported for file in self.modules(name)]
        return frozenset(found)

    def hash(self, files: Iterable[Path], templates: Iterable[str] = (), target: str = "") -> str:
        """Hash of modules, of files that are no modules and of the name of what is called."""
        total = hashlib.sha256(target.encode())
        for path in sorted(files):
            total.update(self.module(path).text.encode())
        for name in templates:
            total.update((self.root / "src/bauta" / name).read_bytes())
        return total.hexdigest()[:16]

    def module(self, path: Path) -> Module:
        """A module, parsed."""
        if path not in self._modules:
            self._modules[path] = Module.parse(path.read_text(encoding="utf-8"))
        return self._modules[path]


def sources(tree: SourceTree | None = None) -> dict[str, str]:
    """Hash of the source of every stage (`anonymize`) and implementation (`anonymize/ksame`)."""
    tree = tree or SourceTree(ROOT)
    stages = {name: tree.closure(*map(tree.script, scripts)) for name, scripts in STAGES.items()}
    found = {name: tree.hash(files, TEMPLATES.get(name, ())) for name, files in stages.items()}
    for folder, (registry, callers) in IMPLEMENTATIONS.items():
        shared = frozenset.intersection(*(stages[name] for name in callers))
        for name, target in registry.items():
            own = tree.closure(*tree.modules(target.partition(":")[0])) - shared
            found[f"{folder}/{name}"] = tree.hash(own, (), target)
    return found


def _above(parts: list[str]) -> set[str]:
    return {".".join(parts[1:end]) for end in range(2, len(parts) + 1)}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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
