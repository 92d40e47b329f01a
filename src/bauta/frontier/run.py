"""The frontier stage: measurements in, table, metrics and pictures out."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bauta.errors import DataError
from bauta.frontier.assemble import assemble
from bauta.frontier.provenance import collect
from bauta.frontier.result import Frontier, Limits, banner
from bauta.frontier.table import write_table
from bauta.measurement import Measurement

logger = logging.getLogger(__name__)


def build_frontier(
    measurements: Sequence[Path | str],
    config: Mapping[str, Any],
    *,
    table: Path | str,
    metrics: Path | str,
    repository: Path | str = ".",
    models: Mapping[str, Mapping[str, str]] | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> Frontier:
    """Join the measurements of a run and write what a person reads.

    Args:
        measurements: JSON files of `bauta.measurement.Measurement`, in any order.
        config: The run's config as plain values (`Config.model_dump(mode="json")`).
        table: `frontier.csv`.
        metrics: `metrics.json`.
        repository: Folder whose git commit is recorded.
        models: SHA-256 of each model file, by the implementation that loads it.
        limits: What datasets cannot support, by dataset: the fields of `result.Limits` as plain values.

    Returns:
        What `metrics.json` holds.

    Raises:
        ConfigError: an axis that is none.
        DataError: a file that is no measurement, two of the same thing, different probes, or a value out of
            its range.
    """
    found = [_read(Path(path)) for path in measurements]
    known = {name: Limits.model_validate(values) for name, values in (limits or {}).items()}
    frontier = assemble(found, config, collect(config, found, repository, models), known)
    write_table(frontier, table)
    frontier.write(metrics)
    for control in frontier.controls:
        logger.log(logging.ERROR if control.failed else logging.INFO, "%s", control.message)
    return frontier


def build_picture(
    kind: str,
    *,
    dataset: str,
    metrics: Path | str,
    path: Path | str,
    measurements: Sequence[Path | str] = (),
) -> None:
    """Draw one picture of a dataset.

    Args:
        kind: A name in `plots.pictures.PICTURES`.
        dataset: Name of the dataset.
        metrics: `metrics.json`.
        path: The PNG.
        measurements: JSON files of the dataset; `similarity` and `confusion` need their curves.

    Raises:
        UnknownNameError: there is no such picture.
        DataError: the measurements lack what the picture shows.
    """
    from bauta.frontier.plots.pictures import draw_picture  # noqa: PLC0415 - matplotlib takes a second

    draw_picture(kind, Frontier.read(metrics), dataset, path, [_read(Path(file)) for file in measurements])


def build_contact_sheet(
    enabled: bool,
    *,
    dataset: str,
    crops: Path | str,
    anonymized: Mapping[str, Path | str],
    faces: Sequence[str],
    path: Path | str,
    captions: Sequence[str] | None = None,
    metrics: Path | str | None = None,
) -> Path | None:
    """Draw originals and anonymized faces, if the config asks for it; otherwise no image is opened.

    Args:
        enabled: `datasets.<name>.contact_sheet`.
        dataset: Name of the dataset.
        crops: Store of the originals.
        anonymized: Store of each setting, by label.
        faces: Ids of the faces, one column each.
        path: The PNG.
        captions: Above the columns.
        metrics: `metrics.json`, for the banner of failed controls.

    Returns:
        The PNG, or None where it is not wanted.

    Raises:
        StoreError: a store is not complete or lacks a face.
    """
    if not enabled:
        return None
    from bauta.frontier.plots.contact import contact_sheet  # noqa: PLC0415 - cv2 and zarr
    from bauta.store import Store  # noqa: PLC0415

    failed = Frontier.read(metrics).failed_controls(dataset) if metrics is not None else []
    contact_sheet(
        Store.open(crops),
        {label: Store.open(store) for label, store in anonymized.items()},
        faces,
        path,
        dataset=dataset,
        captions=captions,
        warning=banner(failed),
    )
    return Path(path)


def _read(path: Path) -> Measurement:
    try:
        return Measurement.read(path)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{path}: not a measurement ({where}: {first['msg']}); remove it and run again"
        ) from error
