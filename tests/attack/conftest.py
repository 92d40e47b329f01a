from collections.abc import Callable

import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings

MakeFaces = Callable[..., tuple[Embeddings, AttackLabels]]


@pytest.fixture
def make_faces() -> MakeFaces:
    """Random persons: unit vectors around a centre each, the first `enrol` of their images enrolled."""

    def make(
        *,
        subjects: int = 8,
        images: int = 6,
        enrol: int = 3,
        noise: float = 0.6,
        dims: int = 16,
        seed: int = 0,
    ) -> tuple[Embeddings, AttackLabels]:
        rng = np.random.default_rng(seed)
        vectors = np.repeat(rng.normal(size=(subjects, dims)), images, axis=0)
        vectors += noise * rng.normal(size=vectors.shape)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        names = np.repeat([f"s{subject:04d}" for subject in range(subjects)], images)
        roles = np.tile(["enrol"] * enrol + ["probe"] * (images - enrol), subjects)
        labels = AttackLabels([f"f{row}" for row in range(len(names))], names, roles)
        return Embeddings(vectors.astype(np.float32), np.ones(len(names), dtype=bool)), labels

    return make


@pytest.fixture
def blacked_out() -> Callable[[Embeddings], Embeddings]:
    """Every face gives the same embedding."""

    def make(clear: Embeddings) -> Embeddings:
        return Embeddings(np.tile(clear.vectors[:1], (len(clear), 1)), np.ones(len(clear), dtype=bool))

    return make
