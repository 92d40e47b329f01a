"""A page on which a person looks through the results: boxes, and thumbnails of the pictures."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment

from bauta.apply.editor import FaceOutcome, FoundFace, Outcome
from bauta.apply.inputs import REVIEW, REVIEW_PAGE, shown
from bauta.apply.picture_files import encode
from bauta.apply.rows import Row
from bauta.io.atomic import write_bytes, write_text
from bauta.protocols import Images

SIDE = 480
"""Longer side of a thumbnail in pixels."""

COLOURS = {Outcome.ANONYMIZED: (0, 158, 115), Outcome.FALLBACK: (230, 159, 0), Outcome.FAILED: (213, 94, 0)}
"""Colours of the boxes, of the palette of Okabe and Ito."""

PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bauta apply: review</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
img { max-width: 480px; vertical-align: top; margin-right: 8px }
article { border-top: 1px solid #ccc; padding: 1em 0 } .look { color: #b03a00; font-weight: 600 }
</style>
<h1>{{ setting }}</h1>
<p>{{ counts }}. Boxes: <span style="color:rgb(0,158,115)">anonymized</span>,
<span style="color:rgb(180,120,0)">fallback</span>, <span style="color:rgb(213,94,0)">failed</span>.
What the detector missed has no box: look for faces that were not changed.</p>
{% for picture in pictures %}<article>
<h2>{{ picture.name }}</h2>
<p{% if picture.look %} class="look"{% endif %}>{{ picture.said }}</p>
{% for file in picture.files %}<img loading="lazy" src="{{ file }}" alt="">{% endfor %}
</article>
{% endfor %}</html>
"""
)


def write_thumbnails(
    out: Path,
    target: str,
    boxes: Sequence[tuple[FoundFace, FaceOutcome]],
    after: Images,
    before: Images | None,
) -> None:
    """Write the thumbnails of a picture with its boxes: of the result and, if given, of the original."""
    for kind, image in (("before", before), ("after", after)):
        if image is not None:
            thumbnail = _boxed(image, boxes)
            write_bytes(out / thumbnail_name(target, kind), encode(thumbnail, "JPEG", quality=85))


def thumbnail_name(target: str, kind: str) -> str:
    """Name of a thumbnail relative to the output folder."""
    return f"{REVIEW}/{hashlib.sha256(target.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}-{kind}.jpg"


def write_page(
    out: Path,
    setting: str,
    results: Iterable[tuple[str, Sequence[Row]]],
    counts: str,
    *,
    originals: bool = False,
) -> None:
    """Write the page, with the pictures that need a look first.

    Args:
        out: The output folder.
        setting: What was applied.
        results: The target of each picture, and its rows.
        counts: One sentence about all.
        originals: Whether to show the originals; otherwise, their thumbnails of an earlier run are removed.
    """
    pictures = []
    for target, own in results:
        if not originals:
            (out / thumbnail_name(target, "before")).unlink(missing_ok=True)
        names = [thumbnail_name(target, kind) for kind in ("before", "after")]
        pictures.append(
            {
                "name": shown(own[0].picture),
                "said": "; ".join(dict.fromkeys(_said(row) for row in own)),
                "look": any(
                    row.outcome != Outcome.ANONYMIZED or row.matches or row.compared == "no" for row in own
                ),
                "files": [name for name in names if (out / name).is_file()],
            }
        )
    pictures.sort(key=lambda picture: not picture["look"])
    write_text(out / REVIEW_PAGE, PAGE.render(setting=setting, counts=counts, pictures=pictures))


def _said(row: Row) -> str:
    parts = [row.status if row.face is None else f"face {row.face}", row.outcome, row.reason]
    if row.matches:
        parts.append(f"STILL RECOGNIZED ({row.similarity:.2f})")
    if row.compared == "no":
        parts.append("could not be compared")
    return shown(": ".join(part for part in parts if part))


def _boxed(image: Images, boxes: Sequence[tuple[FoundFace, FaceOutcome]]) -> Images:
    scale = min(1.0, SIDE / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    canvas = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image.copy()
    for face, outcome in boxes:
        low, high = np.rint(face.box.reshape(2, 2) * scale).astype(int).tolist()
        cv2.rectangle(canvas, low, high, COLOURS[outcome.outcome], 1)
    return np.asarray(canvas, dtype=np.uint8)
