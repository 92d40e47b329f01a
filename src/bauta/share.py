"""What somebody else needs to go on with a run: the paths that DVC carries, and raw data that it does not."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bauta.config import load_config
from bauta.config.canonical import canonical
from bauta.config.datasets import SynthfacesDataset
from bauta.dvc_keys import DVC_KEYS, RAW, DvcKeys, has_files
from bauta.errors import ConfigError
from bauta.plan import DatasetPlan, Plan

log = logging.getLogger(__name__)

Made = tuple[str, str, dict[str, Any]]


def record_run(plan: Plan, configfiles: Sequence[Path | str]) -> None:
    """Put the paths of a run into `dvc_keys.yaml`.

    Args:
        plan: The run.
        configfiles: The files that its configuration was read from.

    Raises:
        ConfigError: the configuration is not one file below the working directory, so that DVC could not
            make the run again; or `dvc_keys.yaml` is broken.
    """
    files = list(dict.fromkeys(Path(path).absolute() for path in configfiles))
    if (
        len(files) != 1
        or not files[0].is_relative_to(Path.cwd())
        or canonical(load_config(files[0])) != plan.config
    ):
        raise ConfigError(
            f"{DVC_KEYS} was not written: expected a configuration that is one file below the working "
            f"directory, got {len(files)} files or values from elsewhere"
        )
    sections: dict[str, dict[str, dict[str, Any]]] = {}
    for section, name, entry in _made(plan):
        sections.setdefault(section, {})[name] = entry
    DvcKeys.read().replace(files[0].relative_to(Path.cwd()).as_posix(), sections).write()


def try_to_record_run(plan: Plan, configfiles: Sequence[Path | str]) -> None:
    """The same when a run starts, which what DVC knows must not stop: a warning instead of an error."""
    try:
        record_run(plan, configfiles)
    except ConfigError as error:
        log.warning("%s", error)


def check_raw_data(plan: Plan) -> None:
    """Refuse to make what needs raw data that are not there.

    Raises:
        ConfigError: for the first artifact that is made from a folder that is missing or empty.
    """
    for item in plan.datasets.values():
        if isinstance(item.dataset, SynthfacesDataset) or has_files(Path(item.dataset.root)):
            continue
        for path in _read_from_raw(item):
            if not path.exists():
                raise ConfigError(
                    f"datasets.{item.name}: {path} is not there and can only be made from the folder "
                    f"{item.dataset.root}, which is missing or empty; put the raw data there, or "
                    f"`dvc pull` a state of the repository that has this one{_kept_back(item, path)}"
                )


def _read_from_raw(item: DatasetPlan) -> Iterator[Path]:
    """Artifacts that are made from raw data, but for detections that nobody needs any more."""
    yield item.manifest
    if not (item.folder / "alignment.parquet").exists():
        yield item.folder / "detections.parquet"
    yield item.folder / "crops.zarr"


def _kept_back(item: DatasetPlan, path: Path) -> str:
    if path.name != "crops.zarr" or item.dataset.push_crops:
        return ""
    return " (these crops are not pushed: push_crops is false)"


def _made(plan: Plan) -> Iterator[Made]:
    """Section, name and entry of everything of a run."""
    for item in plan.datasets.values():
        yield from _of_dataset(item)
    if plan.all_measurements():
        yield "results", plan.config.run, {"path": plan.results.as_posix()}


def _of_dataset(item: DatasetPlan) -> Iterator[Made]:
    if not isinstance(item.dataset, SynthfacesDataset):
        yield RAW, str(Path(item.dataset.root)), {"sha256": item.index_key.config["fingerprint"]}
    yield "index", f"{item.name}-{item.index_key.digest}", {"path": item.index.as_posix()}
    yield "split", f"{item.name}-{item.split_key.digest}", {"path": item.split.as_posix()}
    stages = ("detect", "align", "crop") if item.dataset.push_crops else ("detect", "align")
    for stage in stages:
        yield stage, f"{item.name}-{item.crop}", {"path": item.folder.as_posix()}
    for name, key in item.landmarks_keys.items():
        path = item.landmarks_path(name).with_suffix("")
        yield "landmarks", f"{item.name}-{name}-{key.digest}", {"path": path.as_posix()}
    for name, key in item.parsing_keys.items():
        path = item.parsing_path(name).with_suffix("")
        yield "parse", f"{item.name}-{name}-{key.digest}", {"path": path.as_posix()}
