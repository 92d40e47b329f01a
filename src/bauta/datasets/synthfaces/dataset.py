"""Renders the whole dataset to a folder: pictures, parsing maps and a table of the truth."""

from __future__ import annotations

import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from bauta.datasets.synthfaces.expression import schedule
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import SynthImage, build_model, render_image
from bauta.errors import ConfigError, DataError
from bauta.files import write_atomically, write_bytes

logger = logging.getLogger(__name__)

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
    """Renders a dataset.

    Writes `images/s0000/s0000_00.jpg`, `parsing/s0000/s0000_00.png` (class ids) and `truth.parquet` under
    `root`. A picture depends on the seed, its subject and its index alone, not on `subjects` or `processes`;
    its expression also on `images_per_subject`.

    Args:
        root: folder to write to; made when missing.
        subjects: number of people, ≥ 1.
        images_per_subject: pictures of each person, ≥ 1.
        seed: ≥ 0.
        processes: number of worker processes.
        progress: shows a progress bar.

    Returns:
        The path of `truth.parquet`.

    Raises:
        ConfigError: if a number is out of range.
        DataError: if a file cannot be written.
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
    truth = root / "truth.parquet"
    table = pa.Table.from_pylist(rows, schema=TRUTH_SCHEMA)
    write_atomically(truth, lambda partial: pq.write_table(table, partial))
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
    for index, (expression, intensity) in enumerate(schedule(order_rng, images_per_subject)):
        synth = render_image(identity, seed, index, expression, intensity, model=model)
        image_id = f"{name}/{name}_{index:02d}"
        picture = cv2.cvtColor(synth.image, cv2.COLOR_RGB2BGR)
        _write(root / "images" / f"{image_id}.jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, synth.jpeg_quality])
        _write(root / "parsing" / f"{image_id}.png", synth.parsing, [])
        rows.append(_truth_row(image_id, name, synth))
    return rows


def _write(path: Path, pixels: np.ndarray, options: list[int]) -> None:
    """Write a picture atomically: another run may be reading the one that it replaces."""
    encoded, content = cv2.imencode(path.suffix, pixels, options)
    if not encoded:
        raise DataError(f"{path}: OpenCV cannot encode an image of {pixels.shape} {pixels.dtype}")
    write_bytes(path, content.tobytes())


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
