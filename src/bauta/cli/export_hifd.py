"""`bauta export hifd`: the measured faces as envelopes of the package hifd 0.1.0.

hifd compares what an estimator says of each original with what it says of the anonymized picture, and has no
notion of a face without an output. In the embeddings such a face has the vector of its original, so that it
counts as a leak, as everywhere in bauta; in the other tasks it is left out, and the envelope says how many
are. hifd's privacy is half of one minus the cosine to the same picture: no evidence of privacy
(docs/traps.md).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from bauta.cli.export_attributes import read_attributes_of
from bauta.cli.results import Measured, measured, results_folder
from bauta.contract import CropContract, Status
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.atomic import write_text
from bauta.io.keyed_names import split_digest
from bauta.labels import EXPRESSIONS
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.to_ibug import to_ibug
from bauta.models.store import ModelStore
from bauta.store import Store

SCHEMA = "1.0"
ORIGINAL, DEID = "original", "deid"
DATA = "data"
BATCH = 64
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
"""Points of the two eyes in the iBUG order, left and right as they are in the image."""

Predictions = dict[str, dict[str, Any]]


@dataclass
class _Dataset:
    """What is written of one dataset: estimators by task, methods, and numbers in place of the faces' ids."""

    folder: Path
    tasks: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def id_of(self, face_id: str) -> str:
        """A number for a face: ids often name the person."""
        return self.numbers.setdefault(face_id, f"face{len(self.numbers):06d}")

    def write(self, task: str, estimator: str, method: str | None, envelope: Mapping[str, Any]) -> None:
        """Write the envelope of the originals (method None) or of an anonymized set."""
        name = f"{task}_{estimator}.json"
        source = ORIGINAL if method is None else DEID
        head = {"task": task, "source": source, "estimator": estimator, "schema_version": SCHEMA}
        path = self.folder / DATA / (ORIGINAL if method is None else self.methods[method]) / name
        write_text(path, json.dumps({**head, **envelope}) + "\n")
        entry = {"name": estimator, "orig_json": name, "deid_json": name}
        self.tasks.setdefault(task, {})[estimator] = entry


def export_hifd(results: Path, out: Path, *, landmarks: bool = True) -> Iterator[str]:
    """Write the envelopes of every set that a run measured, one folder for each dataset.

    Args:
        results: Folder of the results of a run.
        out: A new or empty folder.
        landmarks: Whether to locate the landmarks of the anonymized faces, which the run does not do.

    Yields:
        A line for each dataset: how to run hifd on it.

    Raises:
        ConfigError: `results` holds no results, or `out` is not empty.
        StoreError: a store behind the results is gone or is not the one that was measured.
    """
    results = results_folder(results)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not empty: name a folder that is new or empty")
    datasets: dict[str, _Dataset] = {}
    for path, task in ((layout.ATTACK, "face_embedding"), (layout.EXPRESSION, "macro_exp")):
        for one in measured(results, path):
            if one.there(_STORES[task].after, **_model(task, one)) is not None:
                _export(_of(datasets, out, one), one, task)
    for one in measured(results, layout.SOFT):
        _export_attributes(_of(datasets, out, one), one)
    if landmarks:
        for one in measured(results, layout.COVERAGE):
            _export_landmarks(_of(datasets, out, one), one)
    if not datasets:
        raise ConfigError(f"{results}: no set was measured, or none of its stores is on this machine")
    for dataset in datasets.values():
        yield _finish(dataset)


def _of(datasets: dict[str, _Dataset], out: Path, one: Measured) -> _Dataset:
    """The dataset of a measurement, with its set among the methods."""
    name = one.measurement.dataset
    dataset = datasets.setdefault(name, _Dataset(out / name))
    method = method_of(one)
    dataset.methods.setdefault(method, re.sub(r"[^A-Za-z0-9=._-]+", "_", method))
    return dataset


def method_of(one: Measured) -> str:
    """Name of a set among the methods: backend and setting."""
    backend, setting = one.measurement.backend, one.measurement.setting
    return backend if setting == "default" else f"{backend} {setting}"


@dataclass(frozen=True)
class _Values:
    """An array of a store in the rows of some faces, and which rows are ok."""

    values: NDArray[np.floating]
    ok: NDArray[np.bool_]


def _read(store: Store, array: str, ids: Sequence[str]) -> _Values:
    rows = store.rows_of(ids)
    return _Values(store.take(array, rows), store.take("status", rows) == Status.OK.code)


def _fields(name: str, values: NDArray[np.floating]) -> list[dict[str, Any]]:
    return [{name: [round(float(number), 7) for number in row]} for row in values]


class _Stores(NamedTuple):
    """The stores behind a task: of the originals and of a set, their array, and the field of a prediction."""

    before: str
    after: str
    array: str
    field_name: str


_STORES = {
    "face_embedding": _Stores(layout.CLEAR_EMBEDDINGS, layout.ANONYMIZED_EMBEDDINGS, "vectors", "embedding"),
    "macro_exp": _Stores(layout.CLEAR_POSTERIORS, layout.ANONYMIZED_POSTERIORS, "probabilities", "probs"),
}


def _model(task: str, one: Measured) -> dict[str, str]:
    """The wildcard that names the model of a task."""
    return {"recognizer" if task == "face_embedding" else "teacher": one.model}


def _export(dataset: _Dataset, one: Measured, task: str) -> None:
    """Write the envelopes of a set and of its originals, by one recognizer or teacher."""
    stores, model = _STORES[task], _model(task, one)
    array, field_name = stores.array, stores.field_name
    store = one.store(stores.after, **model)
    before = _read(one.store(stores.before, **model), array, store.ids)
    after = _read(store, array, store.ids)
    estimator, _ = split_digest(one.model)
    extra = {"class_names": list(EXPRESSIONS)} if task == "macro_exp" else {}
    kept, values = before.ok & after.ok, after.values
    failed = int((before.ok & ~after.ok).sum())
    note = {"failed": failed, "note": "faces without an output are left out"}
    if task == "face_embedding":
        kept, values = before.ok, np.where(after.ok[:, np.newaxis], after.values, before.values)
        note["note"] = "faces without an output have the vector of their original: they count as leaks"
    clear = _predictions(dataset, store.ids, _fields(field_name, before.values), before.ok)
    hidden = _predictions(dataset, store.ids, _fields(field_name, values), kept)
    dataset.write(task, estimator, None, {**extra, "predictions": clear})
    dataset.write(task, estimator, method_of(one), {**extra, **note, "predictions": hidden})


def _predictions(
    dataset: _Dataset, ids: Sequence[str], values: Sequence[dict[str, Any]], kept: NDArray[np.bool_]
) -> Predictions:
    return {dataset.id_of(ids[row]): values[row] for row in np.flatnonzero(kept).tolist()}


def _export_attributes(dataset: _Dataset, one: Measured) -> None:
    """Write what is read of attributes, of people on whom the reader has not learnt."""
    estimator, _ = split_digest(one.model)
    note = {"note": "by a linear reader on embeddings, learnt from clear faces of other people"}
    for read in read_attributes_of(one):
        head = note if read.class_names is None else {**note, "class_names": read.class_names}
        name, method = f"{estimator}_linear", method_of(one)
        clear = _predictions(dataset, read.ids, read.before, read.before_ok)
        hidden = _predictions(dataset, read.ids, read.after, read.before_ok & read.after_ok)
        failed = {"failed": int((read.before_ok & ~read.after_ok).sum())}
        dataset.write(read.task, name, None, {**head, "predictions": clear})
        dataset.write(read.task, name, method, {**head, **failed, "predictions": hidden})


def _export_landmarks(dataset: _Dataset, one: Measured) -> None:
    """Write the landmarks of the originals, and locate those of an anonymized set."""
    located, anonymized = one.there(layout.LANDMARKS), one.there(layout.ANONYMIZED)
    if located is None or anonymized is None:
        return
    store, known, crops = map(one.store, (layout.ANONYMIZED, layout.LANDMARKS, layout.CROPS))
    # The name of the landmarker stands between the first hyphen and the digest.
    name, _ = split_digest(located.stem.partition("-")[2])
    contract = CropContract(crops.attributes["size"], crops.attributes["margin"])
    landmarker = LANDMARKERS.load(name)(contract, ModelStore.default())
    before = _read(known, "points", store.ids)
    ok = store.read("status") == Status.OK.code
    after = np.full_like(before.values, np.nan)
    for start, images in store.batches("images", BATCH):
        rows = start + np.flatnonzero(ok[start : start + len(images)])
        if len(rows):
            after[rows] = landmarker.locate(images[rows - start])[..., :2]
    found = ok & np.isfinite(after).all(axis=(1, 2))
    note = {
        "failed": int((before.ok & ~found).sum()),
        "note": "faces without an output, or in which no landmarks were found, are left out",
    }
    clear = _predictions(dataset, store.ids, _points(before.values), before.ok)
    hidden = _predictions(dataset, store.ids, _points(after), before.ok & found)
    dataset.write("landmark", name, None, {"predictions": clear})
    dataset.write("landmark", name, method_of(one), {**note, "predictions": hidden})


def _points(values: NDArray[np.floating]) -> list[dict[str, Any]]:
    eyes = to_ibug(values.astype(np.float32))
    return [
        {
            "points": np.round(points, 3).tolist(),
            "left_eye_center": np.round(own[LEFT_EYE].mean(axis=0), 3).tolist(),
            "right_eye_center": np.round(own[RIGHT_EYE].mean(axis=0), 3).tolist(),
        }
        for points, own in zip(values.astype(np.float64), eyes.astype(np.float64), strict=True)
    ]


def _finish(dataset: _Dataset) -> str:
    """Write the files that name the methods and the estimators; returns the command that scores them."""
    methods = {
        "original": {"base_path": ORIGINAL},
        "methods": [{"name": name, "base_path": path} for name, path in dataset.methods.items()],
    }
    tasks = {task: {"estimators": list(found.values())} for task, found in dataset.tasks.items()}
    for name, content in (("methods.yaml", methods), ("estimators.yaml", {"tasks": tasks})):
        write_text(dataset.folder / name, yaml.safe_dump(content, sort_keys=False))
    at = dataset.folder
    return (
        f"hifd run-all --methods {at}/methods.yaml --estimators {at}/estimators.yaml "
        f"--data-dir {at}/{DATA} --out {at}/scores"
    )
