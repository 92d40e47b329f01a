"""Distributions that are made up, as pip would install them."""

import shutil
import sys
from pathlib import Path

import pytest

from bauta.keys.registries import REGISTRIES
from bauta.registry import plugins

MODULE = """\
from bauta.registry import Card

CARD = Card(
    name="{name}",
    kind="{kind}",
    implementation="{module}:Thing",
    about="A thing.",
)


class Thing:
    pass
"""


def forget():
    """As in a new process: what is installed is looked up again."""
    plugins.offers.cache_clear()
    plugins.module_version.cache_clear()
    for registry in REGISTRIES.values():
        for name in ("offers", "_cards"):
            registry.__dict__.pop(name, None)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install("my-dist", "1.0", "bauta.detectors", "one", text=…)` installs a module `one_of_my_dist`."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def make(distribution, version, group, name, *, text=None, point=None, kind="detector", editable=False):
        module = f"{name}_of_{distribution.replace('-', '_')}"
        modules.append(module)
        if text is not False:
            text = text or MODULE.format(name=name, kind=kind, module=module)
            (tmp_path / f"{module}.py").write_text(text)
        for old in tmp_path.glob(f"{distribution.replace('-', '_')}-*.dist-info"):
            shutil.rmtree(old)
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {point or f'{module}:Thing'}\n")
        (info / "top_level.txt").write_text(f"{module}\n")
        if editable:
            (info / "direct_url.json").write_text('{"dir_info": {"editable": true}, "url": "file:///x"}')
        forget()
        return module

    forget()
    yield make
    for module in modules:
        sys.modules.pop(module, None)
    monkeypatch.undo()
    forget()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path
