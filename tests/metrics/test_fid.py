"""FID against closed forms and the formula with a matrix root, and its network on a file made here."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from small_networks import store_with
from torch import nn

from bauta.errors import ModelError
from bauta.metrics.fid import DIMENSIONS, FeatureMoments, fid_value, frechet_distance
from bauta.metrics.inception import CleanInception


def moments(features, batch=64):
    found = FeatureMoments(features.shape[1])
    for start in range(0, len(features), batch):
        found.add(features[start : start + batch])
    return found


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 60), st.integers(1, 61), st.floats(-1e6, 1e6), st.integers(0, 2**16))
def test_moments_of_batches_are_those_of_all(count, batch, offset, seed):
    features = np.random.default_rng(seed).normal(offset, 1, (count, 5))
    found = moments(features, batch)
    assert found.count == count
    np.testing.assert_allclose(found.mean, features.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(features, rowvar=False), atol=1e-8)


def test_a_batch_without_faces_changes_nothing():
    found = moments(np.arange(12.0).reshape(4, 3))
    before = found.covariance
    found.add(np.zeros((0, 3)))
    np.testing.assert_array_equal(found.covariance, before)


def test_equal_sets_are_at_distance_0():
    features = moments(np.random.default_rng(0).normal(size=(200, 8)))
    assert frechet_distance(features, features) == pytest.approx(0.0, abs=1e-9)


def test_shifted_and_scaled_sets_by_the_closed_form():
    """Of x and 3 x + b: |2 m + b|^2 + tr(C) (3 - 1)^2."""
    features = np.random.default_rng(0).normal(size=(500, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    shift = np.arange(6.0)
    expected = ((2 * features.mean(0) + shift) ** 2).sum() + 4 * np.trace(np.cov(features, rowvar=False))
    assert frechet_distance(moments(features), moments(3 * features + shift)) == pytest.approx(expected)


def test_the_formula_with_a_matrix_root():
    rng = np.random.default_rng(2)
    first, second = (rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) for _ in range(2))
    covariances = [np.cov(side, rowvar=False) for side in (first, second)]
    root = sqrtm(covariances[0] @ covariances[1]).real
    expected = ((first.mean(0) - second.mean(0)) ** 2).sum() + np.trace(sum(covariances) - 2 * root)
    first, second = moments(first), moments(second)
    assert frechet_distance(first, second) == pytest.approx(expected)
    assert frechet_distance(first, second) == pytest.approx(frechet_distance(second, first))


def test_trap_16_fewer_faces_than_features_have_no_fid():
    features = moments(np.zeros((DIMENSIONS - 1, 3)))
    value = fid_value(features, features)
    assert (value.value, value.n) == (None, DIMENSIONS - 1)
    assert "FID needs at least 2048 faces" in value.reason


class Layers(nn.Module):
    """As many features as Inception: the mean of each channel, repeated."""

    def forward(self, x):
        return x.mean((2, 3)).repeat(1, 683)[:, :2048]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = Layers()

    def forward(self, x):
        return self.layers(x)


def test_the_network_gets_rgb_of_299_pixels_around_0(registry, tmp_path):
    path = tmp_path / "inception-2015-12-05.pt"
    torch.jit.script(Network()).save(path)
    images = np.zeros((40, 64, 64, 3), dtype=np.uint8)
    images[:] = (255, 128, 0)
    features = CleanInception(store_with(registry, tmp_path, inception_fid=path)).features(images)
    assert features.shape == (40, 2048)
    np.testing.assert_allclose(features[:, :3], np.tile([127 / 128, 0.0, -1.0], (40, 1)), atol=1e-6)


def test_what_is_no_torchscript_is_one_line(registry, tmp_path):
    path = tmp_path / "inception-2015-12-05.pt"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="is not a TorchScript file") as caught:
        CleanInception(store_with(registry, tmp_path, inception_fid=path))
    assert "\n" not in str(caught.value)
