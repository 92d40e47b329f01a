"""Who is averaged: rows of photographs for everybody, each look and each expression."""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.codes import MEASURES, measures
from bauta.labels import EXPRESSIONS
from bauta.protocols import Floats
from bauta.train.avatar.faces import AvatarFaces
from bauta.train.avatar.looks import Portraits, hair_lightness, people_of_looks, skin_tone
from bauta.train.avatar.recipe import AvatarRecipe

YAW, PITCH = MEASURES.index("yaw"), MEASURES.index("pitch")

FEWEST = 20
"""People that an average must have."""

SPARE = 4
"""People beyond `FEWEST` who are chosen for an expression that few show, as some may be left out."""

AVERAGE = "average"
"""The look of everybody."""


class Choice:
    """Chooses whom to average.

    Args:
        photographs: The faces to choose from.
        recipe: How many of whom.
        embeddings: float32 (N, D) of the faces, by a recognizer.
    """

    def __init__(self, photographs: AvatarFaces, recipe: AvatarRecipe, embeddings: Floats) -> None:
        self._faces = photographs
        self._recipe = recipe
        self._embeddings = embeddings
        found = measures(photographs.landmarks)
        self._held = (found - found.mean(axis=0)) / found.std(axis=0)

    def of_all(self) -> dict[str, NDArray[np.intp]]:
        """Choose whom to average: rows of photographs by the name of the average."""
        portraits = self._portraits()
        everybody = portraits.rows[:: max(1, len(portraits.rows) // self._recipe.everybody)]
        chosen = {"everybody": everybody, f"look {AVERAGE}": everybody}
        for name, rows in people_of_looks(portraits, self._recipe.look):
            chosen[f"look {name}"] = rows
        for expression, name in enumerate(EXPRESSIONS):
            chosen[name] = self.clearest(expression)
        return chosen

    def _portraits(self) -> Portraits:
        """The most neutral frontal picture of each person."""
        held = self._held
        frontal = (np.abs(held[:, YAW]) < self._recipe.frontal) & (
            np.abs(held[:, PITCH]) < 1.5 * self._recipe.frontal
        )
        neutral = EXPRESSIONS.index("neutral")
        order = np.argsort(-self._faces.posteriors[:, neutral] + 2.0 * ~frontal, kind="stable")
        rows = self._one_each(order[: int(frontal.sum())], len(order))
        pictures = list(zip(self._faces.crops(rows), self._faces.landmarks[rows], strict=True))
        cheeks = np.array([skin_tone(*one) for one in pictures])
        return Portraits(
            rows,
            [self._faces.subjects[row] for row in rows],
            self._embeddings[rows],
            cheeks,
            np.array([hair_lightness(*one) for one in pictures]) / cheeks,
        )

    def _one_each(self, order: NDArray[np.integer], number: int) -> NDArray[np.intp]:
        """The first faces of an order, one of each person."""
        found: dict[str, int] = {}
        for row in order.tolist():
            found.setdefault(self._faces.subjects[row], row)
            if len(found) == number:
                break
        return np.array(list(found.values()), dtype=np.intp)

    def clearest(self, expression: int, number: int | None = None) -> NDArray[np.intp]:
        """Those who are read most clearly for an expression, looking straight ahead, or a number of them."""
        read = self._faces.posteriors[:, expression].astype(np.float64)
        frontal = np.abs(self._held[:, YAW]) < self._recipe.frontal
        if number is None:
            clear = np.flatnonzero(frontal & (read > self._recipe.clear))
            people = len({self._faces.subjects[row] for row in clear})
            number = min(max(people, FEWEST + SPARE), self._recipe.most)
        return self._one_each(np.argsort(2.0 * ~frontal - read, kind="stable"), number)

    def without(self, rows: NDArray[np.intp], subjects: Set[str]) -> NDArray[np.intp]:
        """Return the rows that do not show these people."""
        shown = self._faces.subjects
        return np.array([row for row in rows.tolist() if shown[row] not in subjects], dtype=np.intp)
