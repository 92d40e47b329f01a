"""Hashes of the source that a computation depends on; comments, docstrings and layout do not count.

The hash of a stage starts from its workflow scripts and that of an implementation from its module; both
follow every import inside bauta, wherever it stands in a module. Code that an implementation shares with the
stage that calls it counts for the stage only, so that a change of one backend affects that backend alone.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bauta.errors import ConfigError
from bauta.io.workflow_files import workflow_folder
from bauta.keys.registries import REGISTRIES

ROOT = workflow_folder()

STAGES: Mapping[str, tuple[str, ...]] = {
    "render": ("render",),
    "index": ("index",),
    "split": ("split",),
    "attributes": ("attributes",),
    "judge": ("judge",),
    "crop": ("detect", "align", "crop"),
    "landmarks": ("landmarks",),
    "parse": ("parse",),
    "flame": ("flame",),
    "anonymize": ("anonymize",),
    "embed": ("embed",),
    "train_teacher": ("train_teacher", "train_adapted_teacher"),
    "train_anonymizer": ("train_anonymizer",),
    "learn_avatar": ("learn_avatar",),
    "train_learner": ("train_learner",),
    "express": ("express",),
    "express_learner": ("express_learner",),
    "estimate": ("estimate",),
    "view": ("view",),
    "suite": ("suite",),
    "attack": ("attack",),
    "adapt": ("adapt",),
    "soft": ("soft",),
    "expression": ("expression",),
    "agreement": ("agreement",),
    "significance": ("significance",),
    "realism": ("realism",),
    "preservation": ("preservation",),
    "training": ("training",),
    "coverage": ("coverage",),
    "audit": ("audit",),
    "frontier": ("frontier",),
    "plot": ("plot", "plot_contact_sheet"),
    "report": ("report",),
}
"""Stage → its workflow scripts."""

CALLERS: Mapping[str, tuple[str, ...]] = {
    "anonymize": ("anonymize",),
    "datasets": ("index",),
    "detect": ("crop", "coverage"),
    "express": ("express",),
    "landmarks": ("landmarks",),
    "parse": ("parse",),
    "preserve": ("estimate",),
    "recognize": ("embed",),
    "view": ("view",),
}
"""Room → the stages that call its implementations; the built-in attacks are part of their stage."""

PAGE = ("report.html.j2", *(f"static/{name}" for name in ("report.css", "charts.json", "vega.js")))
PAGE_SCRIPTS = ("tools", "advice", "explorer", "setting", "start")
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "report": tuple(
        f"frontier/page/{name}" for name in (*PAGE, *(f"static/{name}.js" for name in PAGE_SCRIPTS))
    )
}
"""Stage → files of the package that are not modules."""

CHANGES_NO_NUMBER = (
    "cache.at_work",
    "cache.lineage",
    "cache.reach",
    "cache.users",
    "config",
    "errors",
    "io.fingerprint",
    "io.keyed_names",
    "io.layout",
    "io.leftovers",
    "io.seal",
    "io.stamps",
    "io.workers",
    "io.workflow_files",
    "keys",
    "models.card",
    "models.check",
    "models.download",
    "models.pack",
    "models.pins",
    "models.record",
    "models.store",
    "models.usage",
    "registry",
    "workflow.job",
    "workflow.resources",
)
"""Modules and packages that only check, locate and report: their values reach a stage through its key."""

SETTINGS = "settings"
"""Name of modules that hold only the models of settings, whose values are also part of the keys."""


@dataclass(frozen=True)
class Module:
    """The parts of a module that count.

    Attributes:
        imported: Dotted names; the last component of one may be an attribute.
        text: See `normalize`.
    """

    imported: tuple[str, ...]
    text: str

    @classmethod
    def parse(cls, source: str) -> Self:
        """Parse a module from its source."""
        tree = ast.parse(source)
        return cls(tuple(dict.fromkeys(_imported(tree))), normalize(tree))


@dataclass(frozen=True)
class SourceTree:
    """The modules of bauta and the scripts of its workflow, each parsed once.

    Attributes:
        root: The folder of the workflow: the root of a clone, or the folder that a wheel installs.
    """

    root: Path
    _modules: dict[Path, Module] = field(default_factory=dict, compare=False, repr=False)

    @property
    def package(self) -> Path:
        """The folder of the package: `src/bauta` of a clone; in a wheel, the workflow lies in the package."""
        clone = self.root / "src" / "bauta"
        return clone if clone.is_dir() else self.root.parent

    def script(self, name: str) -> Path:
        """Path of a workflow script."""
        return self.root / "workflow_scripts" / f"{name}.py"

    def has(self, name: str) -> bool:
        """Whether a dotted name below bauta is a module or a package."""
        place = self.package.joinpath(*name.split("."))
        return place.is_dir() or place.with_suffix(".py").is_file()

    def modules(self, name: str) -> list[Path]:
        """The files behind a dotted name of bauta: the packages above a module, and the module."""
        parts = name.split(".")
        if parts[0] != "bauta" or SETTINGS in parts or not _above(parts).isdisjoint(CHANGES_NO_NUMBER):
            return []
        places = [self.package.joinpath(*parts[1:end]) for end in range(2, len(parts) + 1)]
        files = [path for place in places for path in (place / "__init__.py", place.with_suffix(".py"))]
        return [path for path in files if path.is_file()]

    def closure(self, *start: Path) -> frozenset[Path]:
        """The given files and all files of bauta that they import, directly or indirectly."""
        found: set[Path] = set()
        pending = list(start)
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                pending += [file for name in self.module(path).imported for file in self.modules(name)]
        return frozenset(found)

    def hash(self, files: Iterable[Path], templates: Iterable[str] = (), target: str = "") -> str:
        """Hash modules, files that are not modules, and the name of the object that is called."""
        total = hashlib.sha256(target.encode())
        for path in sorted(files):
            total.update(self.module(path).text.encode())
        for name in templates:
            total.update((self.package / name).read_bytes())
        return total.hexdigest()[:16]

    def module(self, path: Path) -> Module:
        """Parse a module, once."""
        if path not in self._modules:
            self._modules[path] = Module.parse(path.read_text(encoding="utf-8"))
        return self._modules[path]


def sources(tree: SourceTree | None = None) -> dict[str, str]:
    """Hash the source of every stage (`anonymize`) and implementation (`anonymize/ksame`).

    Raises:
        ConfigError: `CHANGES_NO_NUMBER` names something that is not a module or package, as after a move.
    """
    tree = tree or SourceTree(ROOT)
    if missing := [name for name in CHANGES_NO_NUMBER if not tree.has(name)]:
        raise ConfigError(
            f"CHANGES_NO_NUMBER names {', '.join(missing)}, which is not in bauta: update it after the move"
        )
    stages = {name: tree.closure(*map(tree.script, scripts)) for name, scripts in STAGES.items()}
    found = {name: tree.hash(files, TEMPLATES.get(name, ())) for name, files in stages.items()}
    for room, callers in CALLERS.items():
        shared = frozenset.intersection(*(stages[name] for name in callers))
        for name, card in REGISTRIES[room].built_in.items():
            own = tree.closure(*tree.modules(card.module)) - shared
            found[f"{room}/{name}"] = tree.hash(own, (), card.implementation)
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
    """Return the syntax tree as text, without the parts that have no effect on a computation."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [node for node in tree.body if node not in imports and not _only_names(node)]
    lines = [*sorted(map(_text, imports)), *map(_text, _without_docstring(others))]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    """Text of a node, the same for all Python versions: empty fields, which newer ones add, are omitted."""
    if isinstance(value, list):
        return f"[{' '.join(map(_text, _without_docstring(value)))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = [(name, part) for name, part in ast.iter_fields(value) if part is not None and part != []]
    return f"({type(value).__name__} {' '.join(f'{name}={_text(part)}' for name, part in fields)})"


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements except bare strings, which document the code before or around them."""
    return [
        node
        for node in body
        if not (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
    ]


def _only_names(node: ast.stmt) -> bool:
    """Whether a statement defines a registry or a card, neither of which changes a computation."""
    value = getattr(node, "value", None)
    first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
    return (
        isinstance(first, ast.Call)
        and isinstance(first.func, ast.Name)
        and first.func.id in ("Registry", "Card")
    )
