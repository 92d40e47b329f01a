"""The card of an implementation: its description, available before its module is imported.

A card is a literal in the implementing module, `CARD = Card(…)`, or `CARDS = (Card(…), …)` if a module has
several, and is read from the module's source. Importing the 53 implementing modules takes 6.4 s of processor
time, mostly for torch, mediapipe and OpenCV; reading their cards takes 0.01 s. Parsing the entire modules
instead of the cards alone would take 0.05 s (one core, Python 3.11).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from bauta.errors import CardError
from bauta.registry.names import BUILT_IN, is_target

Kind = Literal[
    "anonymizer",
    "attack",
    "view",
    "adapter",
    "detector",
    "landmarker",
    "parser",
    "recognizer",
    "teacher",
    "estimator",
    "measure",
]

_FIRST_LINE = re.compile(r"^CARDS? = .*$", re.MULTILINE)
_LAST_LINE = re.compile(r"^[)\]].*$", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """One implementation; every field is a literal.

    Attributes:
        name: Its name in the configuration: lower-case letters, digits and underscores.
        kind: The kind of implementation.
        implementation: `module:attribute` of the class or function that creates it.
        about: A description of one line.
        files: Names in `models.yaml` of the files that it loads; for an anonymizer, at all settings.
        sees: The fields of `protocols.FaceBatch` that an anonymizer is shown at any setting; `labels` are the
            dataset's expression labels, `posteriors` those of a teacher that the setting names.
        needs: What an attacker's view needs of a backend: `restorations`, or `landmarks` on which it draws.
        by_recognizer: Whether an attacker's view looks with a recognizer; without one, it looks once.
        restores: Whether an attacker's view sees pictures, which can be shown.
        gpu: Whether it uses a GPU if there is one.
        space: Name of a teacher's label space in `labels.LABEL_SPACES`.
        settings: `module:class` of the pydantic model of its part of the configuration: an anonymizer's
            setting, a dataset's section. The module is imported while the Snakefile is parsed.
        source: The paper or the program that it comes from.
        terms: The licence, if it differs from that of the files.
    """

    name: str
    kind: Kind
    implementation: str
    about: str
    files: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    by_recognizer: bool = True
    restores: bool = False
    gpu: bool = False
    space: str | None = None
    settings: str | None = None
    source: str | None = None
    terms: str | None = None

    def __post_init__(self) -> None:
        texts = [name for name in _TEXTS if not isinstance(getattr(self, name), str | None)]
        lists = [name for name in ("files", "sees", "needs") if not _is_texts(getattr(self, name))]
        flags = [name for name in _FLAGS if not isinstance(getattr(self, name), bool)]
        if wrong := next(iter([*texts, *lists, *flags]), None):
            raise CardError(f"card '{self.name}': {wrong} is of another type, got {getattr(self, wrong)!r}")
        if not re.fullmatch(BUILT_IN, self.name) and not is_target(self.name):
            raise CardError(
                f"card '{self.name}': expected a name of lower-case letters, digits and underscores that "
                "starts with a letter"
            )
        if self.kind not in get_args(Kind):
            raise CardError(f"card '{self.name}': expected a kind of {', '.join(get_args(Kind))}")
        for name in ("implementation", "settings"):
            target = getattr(self, name)
            if target is not None and (":" not in target or not is_target(target)):
                raise CardError(f"card '{self.name}': expected {name} as package.module:Name, got '{target}'")

    @property
    def module(self) -> str:
        """The module of the implementation."""
        return self.implementation.partition(":")[0]


_FLAGS = ("by_recognizer", "restores", "gpu")
_TEXTS = [field.name for field in fields(Card) if field.name not in ("files", "sees", "needs", *_FLAGS)]


def _is_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(part, str) for part in value)


def module_file(module: str) -> Path:
    """Find the source of a module without importing the module or its packages.

    Raises:
        CardError: there is no such module, or it has no source.
    """
    root, *parts = module.split(".")
    try:
        spec = find_spec(root)
    except (ImportError, ValueError):
        spec = None
    if spec is not None:
        places = [Path(place, *parts) for place in spec.submodule_search_locations or ()]
        candidates = [path for place in places for path in (place.with_suffix(".py"), place / "__init__.py")]
        if not parts and spec.origin is not None:
            candidates = [Path(spec.origin)]
        for path in candidates:
            if path.suffix == ".py" and path.is_file():
                return path
    raise CardError(f"there is no module '{module}': install it, or put its folder on PYTHONPATH")


def read_cards(module: str) -> tuple[Card, ...]:
    """Read the cards in a module, in their order; none if it has neither `CARD` nor `CARDS`.

    Raises:
        CardError: there is no such module, or a card is not a literal, lacks a field or has an unknown one.
    """
    path = module_file(module)
    try:
        text = path.read_text(encoding="utf-8")
        return tuple(_cards(text))
    except (OSError, SyntaxError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise CardError(f"{path}: its card cannot be read: {reason}") from None


def _cards(text: str) -> Iterator[Card]:
    value = _value(text)
    if value is None:
        return
    calls = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    for call in calls:
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Card"):
            raise CardError("expected CARD = Card(…) or CARDS = (Card(…), …)")
        if call.args or any(keyword.arg is None for keyword in call.keywords):
            raise CardError("expected every field of a card by its name")
        yield Card(**{str(keyword.arg): _literal(keyword.value) for keyword in call.keywords})


def _literal(value: ast.expr) -> Any:
    """Value of a field; most are one constant, for which `ast.literal_eval` is slow."""
    return value.value if isinstance(value, ast.Constant) else ast.literal_eval(value)


def _value(text: str) -> ast.expr | None:
    """Value assigned to `CARD` or `CARDS`, or None."""
    first = _FIRST_LINE.search(text)
    if first is None and "CARD" not in text:
        return None
    if first is not None:
        last = _LAST_LINE.search(text, first.end()) if first.group().endswith(("(", "[")) else first
        try:
            if last is not None:
                return getattr(ast.parse(text[first.start() : last.end()]).body[0], "value", None)
        except SyntaxError:
            pass  # The module is not formatted as expected, so all of it is parsed.
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id in ("CARD", "CARDS") for target in targets):
            return getattr(node, "value", None)
    return None
