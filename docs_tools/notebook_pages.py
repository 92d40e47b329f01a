"""A hook of MkDocs: the notebooks of `docs/` become pages, with the outputs that are stored in them."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter
from nbformat import read

DATAFRAME = re.compile(r'<table border="1" class="dataframe">')
"""A table of pandas. The theme lets only tables without a class scroll; this one widens the page."""

LINK = re.compile(r"(\]\([^)\s]*)\.ipynb\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook, and the pictures that it shows."""
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        folder, _, name = notebook.src_uri.removesuffix(".ipynb").rpartition("/")
        content = read(str(notebook.abs_src_path), as_version=4)
        # Which is not stored with it, as it names a version.
        content.metadata["language_info"] = {"name": "python"}
        text, resources = MarkdownExporter().from_notebook_node(content)
        text = DATAFRAME.sub("<table>", text)
        for picture, data in resources["outputs"].items():
            text = text.replace(picture, f"{name}-{picture}")
            files.append(File.generated(config, f"{folder}/{name}-{picture}", content=data))
        files.append(File.generated(config, f"{folder}/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Lead links to a notebook to its page."""
    return LINK.sub(r"\1.md)", markdown)
