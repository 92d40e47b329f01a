"""`bauta export croissant`: the tables of a run with a description, so that they can be published.

Croissant is the JSON-LD vocabulary of MLCommons for datasets (http://mlcommons.org/croissant/1.0). The
package mlcroissant, which reads it, brings rdflib and other packages; writing it needs none of them.
"""

import csv
import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bauta import __version__
from bauta.cli.document_columns import about
from bauta.cli.results import results_folder
from bauta.errors import ConfigError
from bauta.frontier.table import COLUMNS, COUNTS, FLAGS, TEXTS
from bauta.io import layout
from bauta.io.atomic import write_text

METADATA = "metadata.json"

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes (Croissant 1.0, appendix 1)."""

DESCRIPTIONS = {
    layout.TABLE: "One row for each dataset, anonymizer and setting: privacy, utility and all values.",
    layout.ATTACKS: "One row for each attack on each of them.",
    layout.TEACHERS_TABLE: "What every teacher reads in every set, and which of them judge its utility.",
    layout.SIGNIFICANCE_TABLE: "Tests between sets of how far the teachers' posteriors change.",
    layout.TRAINING_TABLE: "What networks that learnt from each set read in real faces.",
    layout.SOFT_TABLE: "How well attributes of people are read, and who of each group is identified.",
}


@dataclass(frozen=True)
class About:
    """What the publisher says of the result.

    Attributes:
        name: Name of the dataset that is published.
        creator: Person or group.
        license: Address or SPDX name of the terms.
        url: Where it is published.
        published: Date of publication.
    """

    name: str
    creator: str | None = None
    license: str | None = None
    url: str | None = None
    published: date | None = None


def export_croissant(results: Path, out: Path, described: About) -> Path:
    """Copy the tables of a run into a folder and describe them.

    Pictures are not copied: they may show people.

    Args:
        results: Folder of the results of a run.
        out: A new or empty folder.
        described: What is said of the result.

    Returns:
        The description, `metadata.json`.

    Raises:
        ConfigError: `results` holds no results, or `out` is not empty.
    """
    results = results_folder(results)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not empty: name a folder that is new or empty")
    out.mkdir(parents=True, exist_ok=True)
    tables = [name for name in DESCRIPTIONS if _has_rows(results / name)]
    for name in tables:
        shutil.copyfile(results / name, out / name)
    text = json.dumps(_metadata(out, tables, described), indent=1, ensure_ascii=False)
    write_text(out / METADATA, text + "\n")
    return out / METADATA


def _has_rows(table: Path) -> bool:
    if not table.is_file():
        return False
    with table.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) > 1


def _metadata(folder: Path, tables: list[str], described: About) -> dict[str, Any]:
    said = {
        "creator": None if described.creator is None else {"@type": "sc:Person", "name": described.creator},
        "license": described.license,
        "url": described.url,
    }
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": described.name,
        "description": (
            "How well face anonymizers hide who someone is and keep what they express, measured with bauta "
            f"{__version__}: a privacy-utility frontier with 95 % intervals."
        ),
        **{name: value for name, value in said.items() if value is not None},
        "datePublished": (described.published or date.today()).isoformat(),
        "version": "1.0.0",
        "distribution": [_file(folder, name) for name in tables],
        "recordSet": [_records(folder, name) for name in tables],
    }


def _file(folder: Path, name: str) -> dict[str, Any]:
    content = (folder / name).read_bytes()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": DESCRIPTIONS[name],
        "contentUrl": name,
        "contentSize": f"{len(content)} B",
        "encodingFormat": "text/csv",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _records(folder: Path, name: str) -> dict[str, Any]:
    stem = Path(name).stem
    with (folder / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    columns = zip(rows[0], zip(*rows[1:], strict=True), strict=True)
    return {
        "@type": "cr:RecordSet",
        "@id": stem,
        "name": stem,
        "description": DESCRIPTIONS[name],
        "field": [_field(stem, name, column, cells) for column, cells in columns],
    }


def _field(stem: str, name: str, column: str, cells: tuple[str, ...]) -> dict[str, Any]:
    meaning = about(column).meaning if name == layout.TABLE and column in COLUMNS else column
    return {
        "@type": "cr:Field",
        "@id": f"{stem}/{column}",
        "name": column,
        "description": meaning,
        "dataType": _type(name, column, cells),
        "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
    }


def _type(name: str, column: str, cells: tuple[str, ...]) -> str:
    """The type of a column; counts with empty cells are numbers, as readers have no empty integer."""
    if name == layout.TABLE:
        if column in TEXTS:
            return "sc:Text"
        if column in FLAGS:
            return "sc:Boolean"
        return "sc:Integer" if column in COUNTS and all(cells) else "sc:Float"
    filled = [cell for cell in cells if cell]
    return "sc:Float" if filled and all(map(_is_number, filled)) else "sc:Text"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
