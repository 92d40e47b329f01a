"""Learning the books: states, their shapes, and the averages that show them."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook, States
from bauta.anonymize.avatar.codes import MEASURES, CodeBook, measures
from bauta.anonymize.avatar.composite import Average, Look, as_picture, draw_composite
from bauta.contract import CropContract
from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.landmarks.hull import face_hull
from bauta.protocols import Floats, Images, Parser
from bauta.train.avatar.anonymity import Recognition
from bauta.train.avatar.composite import average_faces, mean_shape
from bauta.train.avatar.faces import AvatarFaces
from bauta.train.avatar.looks import Portraits, hair_lightness, people_of_looks, skin_tone
from bauta.train.avatar.recipe import AvatarRecipe
from bauta.train.avatar.shapes import held_by
from bauta.train.avatar.states import learn_states

log = logging.getLogger(__name__)

YAW, PITCH = MEASURES.index("yaw"), MEASURES.index("pitch")

FEWEST = 20
"""People that an average must have."""

SPARE = 4
"""People beyond `FEWEST` with whom an average of a rare expression begins, as some may be left out."""

HEAD = (0.25, 0.75)
"""Shares of pictures with the head at a pixel: background up to the first, head from the second on."""

EDGE = 7
"""Pixels at the edge of a parsed head that do not count."""

FACE = 0.08
"""How much larger than the hull of its landmarks a face is taken to be."""

PARSED = 64

AVERAGE = "average"
"""The look of everybody."""

Predict = Callable[[Images], Floats]


@dataclass(frozen=True)
class Averaged:
    """Who was averaged into a picture.

    Attributes:
        name: Of the look, or the expression.
        subjects: The people.
        left_out: How many were left out because a recognizer found them in the average.
        closest: Highest similarity of one of the people, by recognizer, as a share of its threshold.
    """

    name: str
    subjects: tuple[str, ...]
    left_out: int
    closest: Mapping[str, float]


@dataclass(frozen=True)
class Learnt:
    """The result.

    Attributes:
        book: The book.
        averaged: Who is in each average.
        drawings: Highest similarity of a drawing of the smallest book to somebody in it, as a share of the
            threshold, by recognizer.
    """

    book: AvatarBook
    averaged: tuple[Averaged, ...]
    drawings: Mapping[str, float]


class Learner:
    """Learns the books from photographs, which are averaged, and from all faces, which show the states.

    Args:
        photographs: The faces that may be averaged.
        posteriors: float32 (N, 7) of all faces.
        landmarks: float32 (N, 68, 2) of all faces.
        recipe: Settings.
        contract: Geometry of the crops.
        recognition: Tells whether anybody is recognized in an average.
    """

    def __init__(
        self,
        photographs: AvatarFaces,
        posteriors: Floats,
        landmarks: Floats,
        *,
        recipe: AvatarRecipe,
        contract: CropContract,
        recognition: Recognition,
    ) -> None:
        self._faces = photographs
        self._posteriors = posteriors
        self._landmarks = landmarks
        self._recipe = recipe
        self._contract = contract
        self._recognition = recognition
        found = measures(photographs.landmarks)
        self._held = (found - found.mean(axis=0)) / found.std(axis=0)
        self._averaged: list[Averaged] = []

    def learn(self, parser: Parser, predict: Predict, *, seed: int) -> Learnt:
        """Learn all books.

        Args:
            parser: Finds the heads of the looks' people.
            predict: Maps crops to posteriors (N, 7) of the teacher that reads faces.
            seed: Of k-means.

        Raises:
            InfeasibleError: there are too few people.
        """
        portraits = self._portraits()
        chosen = portraits.rows[:: max(1, len(portraits.rows) // self._recipe.everybody)]
        everybody = self._average("everybody", chosen)
        looks = {AVERAGE: self._look(AVERAGE, chosen, parser)}
        for name, rows in people_of_looks(portraits, self._recipe.look):
            looks[name] = self._look(name, rows, parser, looks[AVERAGE].head)
        averages = [self._of_expression(expression) for expression in range(len(EXPRESSIONS))]
        books = {
            size: learn_states(self._posteriors, self._landmarks, size, seed=seed)
            for size in self._recipe.states
        }
        held = held_by(books[len(EXPRESSIONS)], self._posteriors, self._landmarks, self._contract.size)
        drawn = AvatarBook(self._contract, {}, averages, everybody, looks, held)
        for size, codes in books.items():
            drawn.states[size] = self._states(drawn, codes, predict)
            log.info("%d states, stressed by %s", size, dict(Counter(drawn.states[size].stress.tolist())))
        return Learnt(drawn, tuple(self._averaged), self._closest(drawn))

    def _states(self, drawn: AvatarBook, codes: CodeBook, predict: Predict) -> States:
        """Place the landmarks of states, and stress each until the teacher reads its expression clearly.

        If no factor does it, the clearest drawing is taken. With seven states the measures are as they come.
        """
        look, mean = drawn.looks[AVERAGE], drawn.everybody
        shapes, stress = np.zeros((len(codes), 68, 2), np.float32), np.zeros(len(codes), np.float32)
        for code, expression in enumerate(codes.expressions):
            average, best = drawn.averages[expression], -1.0
            for factor in self._recipe.stress:
                shape = mean.shape + factor * (average.shape - mean.shape)
                if len(codes) > len(EXPRESSIONS):
                    shape = codes.hold(shape, codes.measures[code], drawn.held)
                picture = draw_composite(shape, average, mean, look, stress=factor)
                posterior = float(predict(picture[None])[0, expression])
                if posterior > best:
                    best, shapes[code], stress[code] = posterior, shape, factor
                if best >= self._recipe.read:
                    break
        return States(codes, shapes, stress)

    def _closest(self, book: AvatarBook) -> dict[str, float]:
        """Look for the people of an expression and of a look in the drawings of both."""
        rows: dict[str, list[int]] = {}
        for row, subject in enumerate(self._faces.subjects):
            rows.setdefault(subject, []).append(row)
        people = {one.name: one.subjects for one in self._averaged}
        found: dict[str, float] = {}
        for look in book.looks:
            for code, expression in enumerate(EXPRESSIONS):
                subjects = {*people[f"look {look}"], *people[expression]}
                members = np.array([row for subject in sorted(subjects) for row in rows[subject]])
                picture = book.draw(len(EXPRESSIONS), code, look, self._contract)
                for name, share in self._recognition.of(members, picture)[0].items():
                    found[name] = max(found.get(name, 0.0), share)
        return found

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
            next(iter(self._recognition.embeddings.values()))[rows],
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

    def _of_expression(self, expression: int) -> Average:
        """The average of those who are read most clearly for an expression."""
        read = self._faces.posteriors[:, expression].astype(np.float64)
        frontal = np.abs(self._held[:, YAW]) < self._recipe.frontal
        people = {self._faces.subjects[row] for row in np.flatnonzero(frontal & (read > self._recipe.clear))}
        number = min(max(len(people), FEWEST + SPARE), self._recipe.most)
        order = np.argsort(2.0 * ~frontal - read, kind="stable")
        return self._average(EXPRESSIONS[expression], self._one_each(order, number))

    def _average(self, name: str, rows: NDArray[np.intp], weights: Sequence[Floats] | None = None) -> Average:
        """Average people, without those whom a recognizer finds in the average."""
        average, _ = self._without_recognized(name, rows, weights)
        return average

    def _without_recognized(
        self, name: str, rows: NDArray[np.intp], weights: Sequence[Floats] | None
    ) -> tuple[Average, Floats]:
        size, everybody = self._contract.size, len(rows)
        while True:
            if len(rows) < FEWEST:
                raise InfeasibleError(
                    f"avatar: expected at least {FEWEST} people for '{name}' who are not recognized in their "
                    f"average, got {len(rows)}"
                )
            shape = mean_shape(self._faces.landmarks[rows], size)
            faces = zip(self._faces.crops(rows), self._faces.landmarks[rows], strict=True)
            average, counted = average_faces(faces, shape, size, weights)
            closest, found = self._recognition.of(rows, as_picture(average.image))
            if not found.any():
                break
            rows = rows[~found]
            if weights is not None:
                weights = [one for one, out in zip(weights, found, strict=True) if not out]
        subjects = tuple(self._faces.subjects[row] for row in rows)
        self._averaged.append(Averaged(name, subjects, everybody - len(rows), closest))
        log.info("%s: %d people, %d left out, closest %s", name, len(rows), everybody - len(rows), closest)
        return average, counted

    def _look(
        self, name: str, rows: NDArray[np.intp], parser: Parser, everybody: Floats | None = None
    ) -> Look:
        """The look of some people; its head is at least as large as everybody's."""
        heads: list[Floats] = []
        for start in range(0, len(rows), PARSED):
            part = rows[start : start + PARSED]
            crops = np.stack(list(self._faces.crops(part)))
            parsed = parser.parse(crops, self._faces.landmarks[part]) != 0
            for head, points in zip(parsed, self._faces.landmarks[part], strict=True):
                # A parser may take dark skin for background; the landmarks say where the face is.
                face = face_hull(points, self._contract.size, expand=FACE)
                heads.append(np.maximum(head, face).astype(np.float32))
        # Without its edge, so that no background enters the colours of the hair.
        edge = np.ones((EDGE, EDGE), np.uint8)
        inner = [np.asarray(cv2.erode(head, edge), dtype=np.float32) for head in heads]
        average, counted = self._without_recognized(f"look {name}", rows, inner)
        low, high = HEAD
        inside = np.clip((counted - low) / (high - low), 0.0, 1.0)
        inside = inside * inside * (3 - 2 * inside)
        return Look(
            average, (inside if everybody is None else np.maximum(inside, everybody)).astype(np.float32)
        )
