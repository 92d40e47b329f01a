"""Cards are read from the source, and say what the modules say."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from bauta.errors import CardError
from bauta.keys.registries import REGISTRIES
from bauta.labels import LABEL_SPACES
from bauta.metrics import MEASURES
from bauta.protocols import FIELDS
from bauta.registry.card import Card, module_file, read_cards

ROOT = Path(__file__).parents[2] / "src/bauta"
ALL = [*REGISTRIES.values(), MEASURES]
MODULES = sorted({module for registry in ALL for module in registry.modules})


def has_a_card(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", "") == "Card"]
    return any(keyword.arg == "name" for call in named for keyword in call.keywords)


@pytest.mark.parametrize("module", MODULES)
def test_what_is_read_is_what_the_module_has(module):
    imported = import_module(module)
    found = getattr(imported, "CARDS", None) or (imported.CARD,)
    assert read_cards(module) == found
    for card in found:
        assert card.module == module
        assert callable(getattr(imported, card.implementation.partition(":")[2]))


def test_every_module_with_a_card_is_in_a_registry():
    written = [path.relative_to(ROOT.parent) for path in ROOT.rglob("*.py") if has_a_card(path)]
    assert {".".join(path.with_suffix("").parts) for path in written} == set(MODULES)


def test_cards_name_what_there_is():
    for registry in ALL:
        assert len(registry.built_in) == sum(len(read_cards(module)) for module in registry.modules)
        for card in registry.built_in.values():
            assert card.about.endswith(".")
            assert set(card.sees) <= FIELDS
            assert (card.space in LABEL_SPACES) == (card.kind == "teacher")
            assert (card.settings is not None) == (card.kind in ("anonymizer", "adapter"))


GOOD = 'name="one", kind="detector", implementation="a.b:C", about="x"'


def put(folder, monkeypatch, text):
    (folder / "strange.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return read_cards("strange")


@pytest.mark.parametrize(
    "text",
    [
        f"CARD = Card({GOOD})\n",
        f"import torch_that_is_not_there\nCARD = Card(\n    {GOOD}\n)\nraise SystemExit\n",
        f"x = 1; CARD = Card({GOOD})\n",
        f"CARD: Card = Card({GOOD})\n",
        f"CARDS = [Card({GOOD})]\n",
        f"CARD = Card(\n  {GOOD}\n    )\ndef f(\n): pass\n",
    ],
    ids=["a line", "not imported", "not formatted", "annotated", "a list", "an indented bracket"],
)
def test_a_card_is_read_however_it_is_laid_out(tmp_path, monkeypatch, text):
    (card,) = put(tmp_path, monkeypatch, text)
    assert card == Card("one", "detector", "a.b:C", "x")


def test_a_module_without_a_card_has_none(tmp_path, monkeypatch):
    assert put(tmp_path, monkeypatch, "# CARD is what is missing\n") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CARD = make_card()\n", r"expected CARD = Card\(…\)"),
        (f"CARD = Card({GOOD}, files=FILES)\n", "malformed node"),
        (f"CARD = Card({GOOD}, weight=3)\n", "unexpected keyword argument 'weight'"),
        ('CARD = Card(name="one")\n', "missing 3 required"),
        (f"CARD = Card('one', {GOOD})\n", "every field of a card by its name"),
        (f"CARD = Card({GOOD}, gpu=1)\n", "gpu is of another type, got 1"),
        (f"CARD = Card({GOOD}, files=('a', 3))\n", "files is of another type"),
        (f"CARD = Card({GOOD.replace('one', 'No Name')})\n", "expected a name of lower-case letters"),
        (f"CARD = Card({GOOD.replace('detector', 'detectors')})\n", "expected a kind of anonymizer, attack"),
        (f"CARD = Card({GOOD.replace('a.b:C', 'a.b')})\n", "expected implementation as package.module:Name"),
        ("CARD = (\n", "was never closed"),
    ],
)
def test_a_broken_card_is_a_line(tmp_path, monkeypatch, text, reason):
    with pytest.raises(CardError, match=reason) as error:
        put(tmp_path, monkeypatch, text)
    assert "\n" not in str(error.value)
    assert "strange.py" in str(error.value)


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part", "bauta.no_such_part", "zlib"])
def test_a_module_that_is_not_there_is_a_line(module):
    with pytest.raises(CardError, match=f"there is no module '{module}'"):
        module_file(module)
