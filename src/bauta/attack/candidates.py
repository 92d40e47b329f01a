"""The candidates of the adaptive attacker: each learns from enrolled faces and scores probes."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bauta.attack.classifiers import LinearScores, fit_templates
from bauta.attack.discriminant import fit_discriminant
from bauta.attack.faces import FaceVectors, Rows
from bauta.registry import Card

CARDS = (
    Card(
        name="nearest_template",
        kind="attack",
        implementation="bauta.attack.candidates:nearest_template",
        about="The fixed attacker's rule, the nearest mean by cosine.",
    ),
    Card(
        name="embedding_discriminant",
        kind="attack",
        implementation="bauta.attack.candidates:embedding_discriminant",
        about="Linear discriminant of the embeddings.",
        source="Ledoit and Wolf, Journal of Multivariate Analysis 88, 2004",
    ),
    Card(
        name="pixel_discriminant",
        kind="attack",
        implementation="bauta.attack.candidates:pixel_discriminant",
        about="Linear discriminant of grey thumbnails.",
        source="McPherson, Shokri and Shmatikov, arXiv:1609.00408, 2016",
    ),
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AttackedFaces:
    """The attacker's view of N faces.

    Attributes:
        embeddings: Embeddings by a recognizer, with `ok`.
        pixels: float32 (N, F), see `pixel_features.pixel_features`; rows that are not ok are never read.

    Both may be on disk: an attack reads `vectors[rows]`, a few thousand rows at a time.
    """

    embeddings: FaceVectors
    pixels: Rows


class FittedAttack(Protocol):
    """An attack that has learned S subjects."""

    def scores(self, faces: AttackedFaces, rows: NDArray[np.intp]) -> Array:
        """Return scores float64 (P, S) of the faces in P rows, higher for the likelier subject."""
        ...


@dataclass(frozen=True)
class EnrolledFaces:
    """The faces that an attack learns from.

    Attributes:
        faces: N faces; only those in `rows` may be used.
        rows: The R rows to learn from; all are ok.
        subject: int (R,), index of each row's subject; every index in [0, subjects) occurs.
        subjects: Number of subjects S.
    """

    faces: AttackedFaces
    rows: NDArray[np.intp]
    subject: NDArray[np.intp]
    subjects: int

    def part(self, of_rows: NDArray[np.intp]) -> "EnrolledFaces":
        """Some of the rows, by their positions."""
        return replace(self, rows=self.rows[of_rows], subject=self.subject[of_rows])


class Attack(Protocol):
    """Learns subjects from faces."""

    def __call__(self, enrolled: EnrolledFaces, *, seed: int) -> FittedAttack:
        """Train on enrolled faces; the same seed gives the same result.

        Args:
            enrolled: The faces and their subjects.
            seed: Seed of everything random.
        """
        ...


@dataclass(frozen=True)
class OnEmbeddings:
    """Scores of the embeddings: cosines to templates, or log posteriors."""

    linear: LinearScores
    posteriors: bool

    def scores(self, faces: AttackedFaces, rows: NDArray[np.intp]) -> Array:
        """Return scores float64 (P, S) of the faces in P rows."""
        vectors = faces.embeddings.vectors[rows]
        return self.linear.log_posteriors(vectors) if self.posteriors else self.linear.scores(vectors)


@dataclass(frozen=True)
class OnPixels:
    """Log posteriors of the pixels."""

    linear: LinearScores

    def scores(self, faces: AttackedFaces, rows: NDArray[np.intp]) -> Array:
        """Return log posteriors float64 (P, S) of the faces in P rows."""
        return self.linear.log_posteriors(faces.pixels[rows])


def nearest_template(enrolled: EnrolledFaces, *, seed: int) -> OnEmbeddings:
    """Score by the cosine to the mean template of each subject; see `Attack`."""
    del seed
    vectors = enrolled.faces.embeddings.vectors
    templates = fit_templates(vectors, enrolled.subject, enrolled.subjects, enrolled.rows)
    return OnEmbeddings(templates, posteriors=False)


def embedding_discriminant(enrolled: EnrolledFaces, *, seed: int) -> OnEmbeddings:
    """Train a discriminant of the embeddings; see `Attack`."""
    del seed
    return OnEmbeddings(_discriminant(enrolled.faces.embeddings.vectors, enrolled), posteriors=True)


def pixel_discriminant(enrolled: EnrolledFaces, *, seed: int) -> OnPixels:
    """Train a discriminant of the pixels; see `Attack`."""
    del seed
    return OnPixels(_discriminant(enrolled.faces.pixels, enrolled))


def _discriminant(features: Rows, enrolled: EnrolledFaces) -> LinearScores:
    return fit_discriminant(features, enrolled.subject, enrolled.subjects, enrolled.rows)
