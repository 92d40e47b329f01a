"""Age, gender and ethnicity of each scored face, as the fixed reader of the stage `soft` reads them.

The stage keeps only who was read correctly; here the same reader (a multinomial logistic regression on
standardised embeddings of clear faces of the attacker's own people) says how probable each class is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bauta.attack.attribute_reading import STRENGTH
from bauta.cli.results import Measured
from bauta.contract import Status
from bauta.datasets.attributes import read_attributes
from bauta.io import layout
from bauta.store import Store

TASKS = {
    "age": "age",
    "gender": "gender",
    "sex": "gender",
    "male": "gender",
    "race": "ethnicity",
    "ethnicity": "ethnicity",
}
"""Attribute, in lower case → the task of hifd."""

_RANGE = re.compile(r"(\d+)\D+(\d+)")
_FROM = re.compile(r"(\d+)\s*\+")


@dataclass(frozen=True)
class ReadAttribute:
    """What is read of one attribute of N faces.

    Attributes:
        task: Name of hifd's task.
        class_names: The classes, or None for an age in years.
        ids: Ids of the faces.
        before: Fields of the prediction for each original.
        after: Likewise for each anonymized face.
        before_ok: Which originals could be read, bool (N,).
        after_ok: Which anonymized faces could be read.
    """

    task: str
    class_names: list[str] | None
    ids: Sequence[str]
    before: Sequence[dict[str, Any]]
    after: Sequence[dict[str, Any]]
    before_ok: NDArray[np.bool_]
    after_ok: NDArray[np.bool_]


def read_attributes_of(one: Measured) -> Iterator[ReadAttribute]:
    """Yield the attributes of hifd that a measurement of the stage `soft` is about.

    Nothing is yielded without people of the attacker's own, or if their embeddings are not on this machine.
    An age is the mean of the groups' middles, weighted with their probabilities; groups without years give
    none.
    """
    table, alignment = one.there(layout.ATTRIBUTES), one.there(layout.ALIGNMENT)
    own_place = one.there(layout.PEOPLE_EMBEDDINGS, recognizer=one.model)
    if own_place is None or table is None or alignment is None:
        return
    own, before, after = (
        one.store(path, recognizer=one.model)
        for path in (layout.PEOPLE_EMBEDDINGS, layout.CLEAR_EMBEDDINGS, layout.ANONYMIZED_EMBEDDINGS)
    )
    known = read_attributes(table, alignment, own.ids)
    for name, classes in known.items():
        task = TASKS.get(name.lower())
        learnt = np.flatnonzero([of is not None for of in classes])
        learnt = learnt[own.read("status")[learnt] == Status.OK.code]
        names = sorted(set(classes[learnt]))
        if task is None or len(names) < 2:
            continue
        years = [middle_of(each) for each in names] if task == "age" else []
        if None in years:
            continue
        reader = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000, tol=1e-6))
        reader.fit(own.read("vectors")[learnt].astype(np.float64), classes[learnt].astype(str))
        told = [_predicted(reader, store, after.ids) for store in (before, after)]
        fields = [_fields(values, years) for values, _ in told]
        shown = None if task == "age" else names
        yield ReadAttribute(task, shown, after.ids, fields[0], fields[1], told[0][1], told[1][1])


def middle_of(group: str) -> float | None:
    """Middle of an age group in years, such as 29.5 for 20-39; None for a group without years.

    An open group such as 70+ counts as ten years wide.
    """
    if found := _RANGE.search(group):
        return (float(found[1]) + float(found[2])) / 2
    return float(found[1]) + 5.0 if (found := _FROM.search(group)) else None


def _predicted(
    reader: Any, store: Store, ids: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities (N, K), NaN where there is no vector, and where there is one."""
    rows = store.rows_of(ids)
    ok = store.take("status", rows) == Status.OK.code
    found = np.full((len(rows), len(reader.classes_)), np.nan)
    if ok.any():
        found[ok] = reader.predict_proba(store.take("vectors", rows[ok]).astype(np.float64))
    return found, ok


def _fields(values: NDArray[np.float64], years: Sequence[float | None]) -> list[dict[str, Any]]:
    if years:
        return [{"value": round(float(age), 3)} for age in values @ np.array(years, dtype=np.float64)]
    return [{"probs": np.round(row, 7).tolist()} for row in values]
