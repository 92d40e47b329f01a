"""Sharing a run with others: the paths that DVC tracks, and the raw data that it does not."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bauta.config.canonical import canonical
from bauta.config.datasets import SynthfacesDataset
from bauta.config.load import load_config
from bauta.errors import ConfigError
from bauta.io.dvc_keys import DVC_KEYS, DVC_LOCK, RAW, DvcKeys, has_files, outs_of
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.plan import DatasetPlan, Plan

log = logging.getLogger(__name__)

Made = tuple[str, str, dict[str, Any]]


def record_run(
    plan: Plan, configfiles: Sequence[Path | str], commit: Callable[[Sequence[str]], None] | None = None
) -> list[str]:
    """Record a run's existing artifacts with DVC and list their paths in `dvc_keys.yaml`.

    Args:
        plan: The run.
        configfiles: The files from which its configuration was read.
        commit: Records stages in `dvc.lock`; `dvc commit` if None.

    Returns:
        One line for each action taken.

    Raises:
        ConfigError: the configuration is not a single file below the working directory, so DVC could not
            reproduce the run; DVC fails; or a DVC file is malformed.
    """
    config = _recordable(plan, configfiles)
    before = DvcKeys.read()
    there: list[str] = []
    sections: dict[str, dict[str, dict[str, Any]]] = {}
    for section, name, entry in _made(plan):
        sections.setdefault(section, {})[name] = entry
        if section != RAW and all(out.exists() for out in outs_of(section, entry["path"])):
            there.append(f"{section}@{name}")
    after = before.replace(config, sections)
    missing = {*after.unrecorded()} - {*there}
    # DVC only knows listed stages, so the file is written first.
    after.without(missing).write()
    try:
        if there:
            (commit or _dvc_commit)(there)
    finally:
        DvcKeys.read().recorded().write()
    return [
        f"{DVC_KEYS}, {DVC_LOCK}: {len(there)} stages of {config} are recorded; commit both with git",
        *([f"missing, and therefore not recorded: {', '.join(sorted(missing))}"] if missing else []),
    ]


def _recordable(plan: Plan, configfiles: Sequence[Path | str]) -> str:
    """The single file of a configuration, relative to the working directory."""
    files = list(dict.fromkeys(Path(path).absolute() for path in configfiles))
    if (
        len(files) != 1
        or not files[0].is_relative_to(Path.cwd())
        or canonical(load_config(files[0])) != plan.config
    ):
        raise ConfigError(
            f"{DVC_KEYS} was not written: expected a configuration in a single file below the working "
            f"directory, got {len(files)} files or values from elsewhere"
        )
    return files[0].relative_to(Path.cwd()).as_posix()


def _dvc_commit(names: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - the DVC of this environment, with names of stages
        [sys.executable, "-m", "dvc", "commit", "--force", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        said = next(
            (line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "no message"
        )
        raise ConfigError(f"{DVC_KEYS} was not written: `dvc commit` failed: {said}")


def warn_of_unrecorded() -> None:
    """Warn of listed stages that DVC has not recorded, as older versions of bauta left them."""
    try:
        unrecorded = DvcKeys.read().unrecorded()
    except ConfigError as error:
        log.warning("%s", error)
        return
    if unrecorded:
        log.warning(
            "%s lists %d stages that DVC has not recorded, and `dvc pull` would remove their files: "
            "run `snakemake --cores 1 dvc_keys`",
            DVC_KEYS,
            len(unrecorded),
        )


def check_raw_data(plan: Plan) -> None:
    """Refuse a plan with an artifact that can only be made from missing raw data.

    Raises:
        ConfigError: names the first artifact whose raw data folder is missing or empty.
    """
    for item in plan.datasets.values():
        if isinstance(item.dataset, SynthfacesDataset) or has_files(Path(item.dataset.root)):
            continue
        for path in _read_from_raw(item):
            if not path.exists():
                raise ConfigError(
                    f"datasets.{item.name}: {path} is missing and can only be made from the folder "
                    f"{item.dataset.root}, which is missing or empty; put the raw data there, or "
                    f"`dvc pull` at a commit of the repository that has it{_kept_back(item, path)}"
                )


def _read_from_raw(item: DatasetPlan) -> Iterator[Path]:
    """Artifacts that are made from raw data, but for detections that nobody needs any more."""
    yield item.source.manifest
    if item.scored and item.source.attributed:
        yield item.source.attributes
    if not item.faces.alignment.exists():
        yield item.faces.detections
    yield item.faces.crops


def _kept_back(item: DatasetPlan, path: Path) -> str:
    if path != item.faces.crops or item.dataset.push_crops:
        return ""
    return " (these crops are not pushed: push_crops is false)"


def _made(plan: Plan) -> Iterator[Made]:
    """Section, name and entry of every artifact of a run that DVC tracks."""
    for item in plan.datasets.values():
        yield from _of_dataset(item)
    if plan.all_measurements():
        yield "results", plan.config.run, {"path": plan.results.as_posix()}


def _of_dataset(item: DatasetPlan) -> Iterator[Made]:
    if not isinstance(item.dataset, SynthfacesDataset):
        yield RAW, str(Path(item.dataset.root)), {"sha256": item.source.index_key.config["fingerprint"]}
        for name, path in item.dataset.side_files.items():
            yield RAW, str(path), {"sha256": item.source.index_key.config["files"][name]}
    yield "index", *_entry(item.name, item.source.index_key, item.source.index)
    yield "split", *_entry(item.name, item.source.split_key, item.source.split)
    if item.scored and item.source.attributed:
        yield "attributes", *_entry(item.name, item.source.attributes_key, item.source.attributes)
    stages = ("detect", "align", "crop") if item.dataset.push_crops else ("detect", "align")
    for stage in stages:
        yield stage, f"{item.name}-{item.faces.crop}", {"path": item.faces.folder.as_posix()}
    for name, key in item.faces.landmarks_keys.items():
        path = item.faces.landmarks(name).with_suffix("")
        yield "landmarks", *_entry(f"{item.name}-{name}", key, path)
    for name, key in item.faces.parsing_keys.items():
        path = item.faces.parsing(name).with_suffix("")
        yield "parse", *_entry(f"{item.name}-{name}", key, path)


def _entry(name: str, key: Key, path: Path) -> tuple[str, dict[str, Any]]:
    return join_digest(name, key.digest), {"path": path.as_posix()}
