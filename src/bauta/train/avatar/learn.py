"""Learning the books: states, their shapes, and the averages that show them."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook, States
from bauta.anonymize.avatar.codes import CodeBook
from bauta.anonymize.avatar.composite import Average, Look, as_picture, draw_composite
from bauta.contract import CropContract
from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.landmarks.hull import face_hull
from bauta.protocols import Floats, Images, Parser
from bauta.train.avatar.anonymity import Recognition
from bauta.train.avatar.choice import AVERAGE, FEWEST, Choice
from bauta.train.avatar.composite import average_faces, mean_shape
from bauta.train.avatar.faces import AvatarFaces
from bauta.train.avatar.recipe import AvatarRecipe
from bauta.train.avatar.shapes import held_by
from bauta.train.avatar.states import learn_states

log = logging.getLogger(__name__)

ROUNDS = 12
"""Rounds in which people are left out until nobody is recognized."""

HEAD = (0.25, 0.75)
"""Shares of pictures with the head at a pixel: background up to the first, head from the second on."""

EDGE = 7
"""Pixels at the edge of a parsed head that do not count."""

FACE = 0.08
"""How much larger than the hull of its landmarks a face is taken to be."""

PARSED = 64

Predict = Callable[[Images], Floats]


@dataclass(frozen=True)
class Averaged:
    """Who was averaged into a picture.

    Attributes:
        name: `everybody`, `look NAME` or an expression.
        subjects: The people.
    """

    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Learnt:
    """The result.

    Attributes:
        book: The book.
        averaged: Who is in each average.
        left_out: How many people were left out of all averages, as a recognizer found them in a drawing that
            they were averaged into.
        closest: Highest similarity of a drawing or an average to any photograph of somebody in it, as a share
            of the threshold, by recognizer.
    """

    book: AvatarBook
    averaged: tuple[Averaged, ...]
    left_out: int
    closest: Mapping[str, float]


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
        self._choice = Choice(photographs, recipe, next(iter(recognition.embeddings.values())))
        self._photographs: dict[str, list[int]] = {}
        for row, subject in enumerate(photographs.subjects):
            self._photographs.setdefault(subject, []).append(row)
        self._averaged: dict[str, Averaged] = {}
        self._left_out: set[str] = set()
        self._heads: dict[int, Floats] = {}

    def learn(self, parser: Parser, predict: Predict, *, seed: int) -> Learnt:
        """Learn all books, without whom a recognizer finds in a drawing that he was averaged into.

        Args:
            parser: Finds the heads of the looks' people.
            predict: Maps crops to posteriors (N, 7) of the teacher that reads faces.
            seed: Of k-means.

        Raises:
            InfeasibleError: there are too few people, or somebody is still found after `ROUNDS` rounds.
        """
        chosen = self._choice.of_all()
        books = {
            size: learn_states(self._posteriors, self._landmarks, size, seed=seed)
            for size in self._recipe.states
        }
        held = held_by(books[len(EXPRESSIONS)], self._posteriors, self._landmarks, self._contract.size)
        for _ in range(ROUNDS):
            drawn = self._averages(chosen, parser, held)
            for size in self._recipe.examined:
                drawn.states[size] = self._states(drawn, books[size], predict)
            closest, found = self._recognized(drawn)
            log.info("%d people are found in their drawings, closest %s", len(found), closest)
            if not found:
                break
            self._left_out |= found
        else:
            raise InfeasibleError(
                f"avatar: expected that nobody is recognized in a drawing after {ROUNDS} rounds, got "
                f"{len(found)} people; average more people"
            )
        for size in books.keys() - drawn.states.keys():
            drawn.states[size] = self._states(drawn, books[size], predict)
        for size, states in drawn.states.items():
            log.info("%d states, stressed by %s", size, dict(Counter(states.stress.tolist())))
        return Learnt(drawn, tuple(self._averaged.values()), len(self._left_out), closest)

    def _averages(self, chosen: Mapping[str, NDArray[np.intp]], parser: Parser, held: Floats) -> AvatarBook:
        """A book without states, of those who are not left out.

        Somebody takes the place of another only where fewer than `FEWEST` would be left, so that this ends.
        """
        kept = {name: self._choice.without(rows, self._left_out) for name, rows in chosen.items()}
        for expression, name in enumerate(EXPRESSIONS):
            if len(kept[name]) < FEWEST:
                more = self._choice.clearest(expression, FEWEST + len(self._left_out))
                kept[name] = self._choice.without(more, self._left_out)[:FEWEST]
        looks: dict[str, Look] = {}
        for name, rows in kept.items():
            if name.startswith("look "):
                head = looks[AVERAGE].head if looks else None
                looks[name.removeprefix("look ")] = self._look(name, rows, parser, head)
        return AvatarBook(
            contract=self._contract,
            states={},
            averages=[self._average(name, kept[name])[0] for name in EXPRESSIONS],
            everybody=self._average("everybody", kept["everybody"])[0],
            looks=looks,
            held=held,
        )

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

    def _recognized(self, book: AvatarBook) -> tuple[dict[str, float], set[str]]:
        """Look for people in the averages of them, and in the drawings of their expression and look.

        Returns:
            The similarity of the closest photograph as a share of the threshold, by recognizer, and whom some
            recognizer matches.
        """
        pictures = [
            (book.everybody.image, ["everybody"]),
            *((look.face.image, [f"look {name}"]) for name, look in book.looks.items()),
            *((one.image, [name]) for name, one in zip(EXPRESSIONS, book.averages, strict=True)),
        ]
        looked_at = [(as_picture(image), names) for image, names in pictures]
        for size, states in book.states.items():
            for look in book.looks:
                for code, expression in enumerate(states.codes.expressions):
                    drawing = book.draw(size, code, look, self._contract)
                    looked_at.append((drawing, [f"look {look}", EXPRESSIONS[expression]]))
        closest: dict[str, float] = {}
        found: set[str] = set()
        for picture, names in looked_at:
            subjects = sorted({subject for name in names for subject in self._averaged[name].subjects})
            rows = np.array([row for subject in subjects for row in self._photographs[subject]])
            shares, matched = self._recognition.of(rows, picture)
            found |= {self._faces.subjects[row] for row in rows[matched]}
            closest = {name: max(closest.get(name, 0.0), share) for name, share in shares.items()}
        return closest, found

    def _average(
        self, name: str, rows: NDArray[np.intp], weights: Sequence[Floats] | None = None
    ) -> tuple[Average, Floats]:
        """Average people, as `average_faces` does, and note who they are."""
        if len(rows) < FEWEST:
            raise InfeasibleError(f"avatar: expected at least {FEWEST} people for '{name}', got {len(rows)}")
        shape = mean_shape(self._faces.landmarks[rows], self._contract.size)
        faces = zip(self._faces.crops(rows), self._faces.landmarks[rows], strict=True)
        self._averaged[name] = Averaged(name, tuple(self._faces.subjects[row] for row in rows))
        return average_faces(faces, shape, self._contract.size, weights)

    def _look(
        self, name: str, rows: NDArray[np.intp], parser: Parser, everybody: Floats | None = None
    ) -> Look:
        """The look of some people; its head is at least as large as everybody's."""
        heads = self._parsed(rows, parser)
        # Without its edge, so that no background enters the colours of the hair.
        edge = np.ones((EDGE, EDGE), np.uint8)
        inner = [np.asarray(cv2.erode(head, edge), dtype=np.float32) for head in heads]
        average, counted = self._average(name, rows, inner)
        low, high = HEAD
        inside = np.clip((counted - low) / (high - low), 0.0, 1.0)
        inside = inside * inside * (3 - 2 * inside)
        return Look(
            average, (inside if everybody is None else np.maximum(inside, everybody)).astype(np.float32)
        )

    def _parsed(self, rows: NDArray[np.intp], parser: Parser) -> list[Floats]:
        """1 where heads are and 0 elsewhere, float32 (size, size) for each face."""
        missing = np.array([row for row in rows.tolist() if row not in self._heads], dtype=np.intp)
        for start in range(0, len(missing), PARSED):
            part = missing[start : start + PARSED]
            crops = np.stack(list(self._faces.crops(part)))
            parsed = parser.parse(crops, self._faces.landmarks[part]) != 0
            for row, head in zip(part.tolist(), parsed, strict=True):
                # A parser may take dark skin for background; the landmarks say where the face is.
                face = face_hull(self._faces.landmarks[row], self._contract.size, expand=FACE)
                self._heads[row] = np.maximum(head, face).astype(np.float32)
        return [self._heads[row] for row in rows.tolist()]
