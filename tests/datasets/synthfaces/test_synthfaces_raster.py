import numpy as np
import pytest
from numpy.typing import NDArray

from bauta.datasets.synthfaces.raster import Discard, Fragments, rasterize


def keep_all(face: NDArray, weights: NDArray, pixel: NDArray) -> NDArray[np.bool_]:
    return np.zeros(len(face), bool)


def render(
    points: NDArray,
    depth: NDArray,
    faces: NDArray,
    two_sided: NDArray,
    shape: tuple[int, int],
    discard: Discard,
) -> Fragments:
    return rasterize(points, depth, faces, two_sided=two_sided, shape=shape, discard=discard)


def brute_force(points: NDArray, depth: NDArray, faces: NDArray, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Nearest face at each pixel by solving for the weights one pixel and one face at a time."""
    best = np.full(shape, -np.inf)
    image = np.full(shape, -1)
    for k, face in enumerate(faces):
        (a, b, c), matrix = points[face], np.ones((3, 3))
        matrix[:2] = np.array([a, b, c]).T
        if np.linalg.det(matrix) <= 0:
            continue
        for row in range(shape[0]):
            for column in range(shape[1]):
                weights = np.linalg.solve(matrix, (column, row, 1.0))
                z = weights @ depth[face]
                if weights.min() >= 0 and z > best[row, column]:
                    best[row, column], image[row, column] = z, k
    return image


def random_triangles(rng: np.random.Generator) -> tuple[NDArray, NDArray, NDArray]:
    points = rng.uniform(-3, 22, (24, 2)) + rng.uniform(-0.2, 0.2, (24, 2))
    return points, rng.uniform(-5, 5, 24), np.arange(24).reshape(8, 3)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_brute_force(seed: int) -> None:
    points, depth, faces = random_triangles(np.random.default_rng(seed))
    fragments = render(points, depth, faces, np.zeros(8, bool), (17, 19), keep_all)
    image = np.full((17, 19), -1)
    image.ravel()[fragments.pixel] = fragments.face
    expected = brute_force(points, depth, faces, (17, 19))
    assert (image != expected).mean() < 0.01
    positions = (points[faces[fragments.face]] * fragments.weights[..., None]).sum(axis=1)
    np.testing.assert_allclose(positions[:, 0], fragments.pixel % 19, atol=1e-2)
    np.testing.assert_allclose(positions[:, 1], fragments.pixel // 19, atol=1e-2)


def test_inside_is_seen_only_when_two_sided() -> None:
    points = np.array([(1.0, 1.0), (1.0, 12.0), (12.0, 1.0)])
    depth, faces = np.zeros(3), np.array([[0, 1, 2]])
    turned_away = np.array([False])
    seen = render(points, depth, faces, ~turned_away, (14, 14), keep_all)
    front = np.array([[0, 2, 1]])
    assert len(seen.pixel) == len(render(points, depth, front, turned_away, (14, 14), keep_all).pixel) > 50


def test_discarded_points_show_what_is_behind() -> None:
    square = np.array([(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)])
    points, depth = np.concatenate([square, square]), np.repeat([1.0, 0.0], 4)
    faces = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)])

    def left_half(face: NDArray, weights: NDArray, pixel: NDArray) -> NDArray[np.bool_]:
        return (face < 2) & (pixel % 10 < 5)

    fragments = render(points, depth, faces, np.zeros(4, bool), (10, 10), left_half)
    behind = fragments.face >= 2
    assert len(fragments.pixel) == 100
    np.testing.assert_array_equal(behind, fragments.pixel % 10 < 5)
