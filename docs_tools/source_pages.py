"""A hook of MkDocs: files of the repository that pages link to become pages of the site.

A page of `docs/` may link to `../config/avatar.yaml`, which works where the repository is browsed. On the
site such a link leads to a page that shows the file, so that nothing has to be looked up elsewhere. A
folder is shown with its files.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PLACE = "files"
"""Folder of the site in which they lie."""

LINK = re.compile(r"\]\((?P<path>(?:\.\./)+[^)#\s]+)(?P<anchor>#[^)]*)?\)")
SHOWN = {".md", ".py", ".toml", ".yaml", ".json", ".smk", ".cff", ""}
LANGUAGES = {".md": "markdown", ".smk": "python", "": "text", ".cff": "yaml"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file outside `docs/` that some page links to."""
    for name in sorted({name for page in files.documentation_pages() for name in _linked(page)}):
        text = "".join([f"# {name}\n", *(_shown(path) for path in _files(ROOT / name))])
        files.append(File.generated(config, f"{PLACE}/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Lead links to files outside `docs/` to their pages."""
    here = posixpath.dirname(page.file.src_uri)

    def led(link: re.Match[str]) -> str:
        name = _outside(here, link["path"])
        if name is None:
            return link[0]
        return f"]({posixpath.relpath(f'{PLACE}/{name}.md', here or '.')}{link['anchor'] or ''})"

    return markdown if page.file.src_uri.startswith(f"{PLACE}/") else LINK.sub(led, markdown)


def _linked(page: File) -> list[str]:
    here = posixpath.dirname(page.src_uri)
    found = (_outside(here, link["path"]) for link in LINK.finditer(page.content_string))
    return [name for name in found if name is not None]


def _outside(here: str, link: str) -> str | None:
    """Return the path in the repository of what a link leads to, or None if that is below `docs/`."""
    path = posixpath.normpath(posixpath.join("docs", here, link))
    if path.startswith("docs/"):
        return None
    if path.startswith("..") or not (ROOT / path).exists():
        raise FileNotFoundError(f"docs/{here}: {link} leads to {path}, which does not exist")
    return path


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix in SHOWN)


def _shown(path: Path) -> str:
    language = LANGUAGES.get(path.suffix, path.suffix.removeprefix("."))
    name = path.relative_to(ROOT).as_posix()
    return f'\n````{language} title="{name}"\n{path.read_text(encoding="utf-8")}\n````\n'
