"""Rendering the whole dataset to a folder: pictures, parsing maps and a table of the ground truth."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from tqdm import tqdm

from bauta.datasets.synthfaces.expression import schedule
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import SynthImage, build_model, render_image
from bauta.errors import ConfigError, DataError
from bauta.io import layout
from bauta.io.atomic import write_bytes
from bauta.io.parquet import write_parquet
from bauta.io.tables import table_sha256

logger = logging.getLogger(__name__)

WRITERS = 2
"""Threads that write the files of a picture."""

TRUTH_SCHEMA = pa.schema(
    [
        ("image_id", pa.string()),
        ("path", pa.string()),
        ("subject", pa.string()),
        ("expression", pa.string()),
        ("intensity", pa.float64()),
        ("yaw", pa.float64()),
        ("pitch", pa.float64()),
        ("roll", pa.float64()),
        ("box_x0", pa.float64()),
        ("box_y0", pa.float64()),
        ("box_x1", pa.float64()),
        ("box_y1", pa.float64()),
        ("points", pa.list_(pa.float32())),
        ("image_sha256", pa.string()),
        ("parsing_sha256", pa.string()),
    ]
)
"""Columns of `truth.parquet`; `points` is x0, y0, x1, y1 … of the 68 points in pixels."""


def render_dataset(
    root: Path,
    *,
    subjects: int,
    images_per_subject: int,
    seed: int,
    processes: int = 1,
    progress: bool = False,
) -> Path:
    """Render a dataset.

    Writes `images/s0000/s0000_00.jpg`, `parsing/s0000/s0000_00.png` (class ids) and `truth.parquet` under
    `root`. A picture depends only on the seed, its subject and its index, not on `subjects` or `processes`;
    its expression also on `images_per_subject`.

    Args:
        root: Folder to write to; created if missing.
        subjects: Number of people, ≥ 1.
        images_per_subject: Pictures of each person, ≥ 1.
        seed: ≥ 0.
        processes: Number of worker processes.
        progress: Whether to show a progress bar.

    Returns:
        The path of `truth.parquet`.

    Raises:
        ConfigError: a number is out of range.
        DataError: a file cannot be written.
    """
    limits = {"subjects": (subjects, 1), "images_per_subject": (images_per_subject, 1)}
    limits |= {"seed": (seed, 0), "processes": (processes, 1)}
    for name, (value, least) in limits.items():
        if value < least:
            raise ConfigError(f"synthfaces: expected {name} ≥ {least}, got {value}")
    jobs = [(root, seed, subject, images_per_subject) for subject in range(subjects)]
    if processes == 1:
        rows = [row for job in tqdm(jobs, disable=None if progress else True) for row in _render_subject(job)]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            done = tqdm(pool.map(_render_subject, jobs), total=subjects, disable=None if progress else True)
            rows = [row for subject_rows in done for row in subject_rows]
    truth = root / Path(layout.TRUTH).name
    table = pa.Table.from_pylist(rows, schema=TRUTH_SCHEMA)
    write_parquet(table, truth, content=table_sha256(table))
    logger.info("rendered %d images of %d subjects to %s", len(rows), subjects, root)
    return truth


def _render_subject(job: tuple[Path, int, int, int]) -> list[dict[str, Any]]:
    root, seed, subject, images_per_subject = job
    name = f"s{subject:04d}"
    for folder in ("images", "parsing"):
        (root / folder / name).mkdir(parents=True, exist_ok=True)
    identity = sample_identity(seed, subject)
    model = build_model(identity)
    order_rng = np.random.default_rng(np.random.SeedSequence((seed, subject, 0, 1)))
    rows = []
    # The next picture is rendered while the disk confirms the last one.
    with ThreadPoolExecutor(WRITERS) as writers:
        writing = []
        for index, (expression, intensity) in enumerate(schedule(order_rng, images_per_subject)):
            synth = render_image(identity, seed, index, expression, intensity, model=model)
            image_id = f"{name}/{name}_{index:02d}"
            picture = cv2.cvtColor(synth.image, cv2.COLOR_RGB2BGR)
            row = _truth_row(image_id, name, synth)
            quality = [cv2.IMWRITE_JPEG_QUALITY, synth.jpeg_quality]
            for column, path, pixels, options in (
                ("image_sha256", root / row["path"], picture, quality),
                ("parsing_sha256", root / "parsing" / f"{image_id}.png", synth.parsing, []),
            ):
                data = _encode(path, pixels, options)
                row[column] = hashlib.sha256(data).hexdigest()
                # Atomically, as another run may be reading the old one.
                writing.append(writers.submit(write_bytes, path, data))
            rows.append(row)
        for written in writing:
            written.result()
    return rows


def _encode(path: Path, pixels: np.ndarray, options: list[int]) -> bytes:
    encoded, content = cv2.imencode(path.suffix, pixels, options)
    if not encoded:
        raise DataError(f"{path}: OpenCV cannot encode an image of {pixels.shape} {pixels.dtype}")
    return bytes(content.tobytes())


def _truth_row(image_id: str, subject: str, synth: SynthImage) -> dict[str, Any]:
    x0, y0, x1, y1 = (float(value) for value in synth.box)
    return {
        "image_id": image_id,
        "path": f"images/{image_id}.jpg",
        "subject": subject,
        "expression": synth.expression,
        "intensity": synth.intensity,
        "yaw": synth.yaw,
        "pitch": synth.pitch,
        "roll": synth.roll,
        "box_x0": x0,
        "box_y0": y0,
        "box_x1": x1,
        "box_y1": y1,
        "points": synth.points.ravel().tolist(),
    }
