"""A hook of MkDocs: the notebooks of `docs/` become pages, with the outputs that are stored in them."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

LINK = re.compile(r"(\]\([^)\s]*)\.ipynb\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook, and the pictures that it shows."""
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        folder, _, name = notebook.src_uri.removesuffix(".ipynb").rpartition("/")
        text, resources = MarkdownExporter().from_filename(str(notebook.abs_src_path))
        for picture, content in resources["outputs"].items():
            text = text.replace(picture, f"{name}-{picture}")
            files.append(File.generated(config, f"{folder}/{name}-{picture}", content=content))
        files.append(File.generated(config, f"{folder}/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Lead links to a notebook to its page."""
    return LINK.sub(r"\1.md)", markdown)
