"""SSIM and PSNR against other implementations, and what is done where they are undefined."""

import cv2
import numpy as np
import pytest
import torch
from torchmetrics.functional.image import (
    peak_signal_noise_ratio as torch_psnr,
)
from torchmetrics.functional.image import (
    structural_similarity_index_measure as torch_ssim,
)

from bauta.contract import Status
from bauta.errors import DataError
from bauta.metrics.realism import measure_realism, pair_metrics, psnr, ssim
from bauta.models.store import ModelStore
from bauta.store import ArraySpec, Store, StoreWriter

LABELS = {
    "dataset": "d",
    "backend": "b",
    "setting": "s",
    "seed": 0,
    "replicates": 200,
    "pairwise": pair_metrics(["ssim", "psnr"], ModelStore.default()),
}


def _images(count, seed=0, size=48):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in coarse])


def _store(path, images, status=None, ids=None):
    specs = {"images": ArraySpec(images.shape[1:], "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(path, specs, ids or [str(row) for row in range(len(images))]) as writer:
        writer.append(
            images=images, status=np.zeros(len(images), np.uint8) if status is None else np.uint8(status)
        )
    return Store.open(path)


@pytest.mark.parametrize("strength", [3, 9, 21])
def test_ssim_and_psnr_agree_with_torchmetrics(strength):
    image = _images(1, size=96)[0]
    other = cv2.GaussianBlur(image, (strength, strength), 0)
    grey = [
        torch.tensor(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), dtype=torch.float64)[None, None]
        for each in (image, other)
    ]
    colour = [torch.tensor(each.astype(np.float64)) for each in (image, other)]
    assert psnr(image, other) == pytest.approx(float(torch_psnr(*colour, data_range=255.0)), abs=1e-4)
    _, similarity = torch_ssim(*grey, data_range=255.0, return_full_image=True)
    inner = similarity[..., 5:-5, 5:-5].mean()  # torchmetrics also averages the border, skimage does not
    assert ssim(image, other) == pytest.approx(float(inner), abs=1e-5)


def test_ssim_by_the_formula_of_the_paper():
    """Means, variances and covariance under a Gaussian window of 11 pixels, section III of Wang et al."""
    image = _images(1)[0]
    other = np.clip(image.astype(int) // 2 + 60, 0, 255).astype(np.uint8)
    x, y = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float64) for each in (image, other))

    def mean(values):
        return cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    index = (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    assert ssim(image, other) == pytest.approx(index[5:-5, 5:-5].mean(), abs=1e-4)


@pytest.mark.parametrize(("dark", "bright"), [(0, 1), (127, 128), (254, 255), (0, 255)])
def test_ssim_of_flat_images_is_their_luminance_alone(dark, bright):
    """Bright ones, too, whose squares are large in single precision."""
    images = (np.full((64, 64, 3), value, np.uint8) for value in (dark, bright))
    small = (0.01 * 255) ** 2
    expected = (2 * dark * bright + small) / (dark**2 + bright**2 + small)
    assert ssim(*images) == pytest.approx(expected, abs=1e-4)


def test_closed_forms():
    image = _images(1)[0] // 2
    assert ssim(image, image) == pytest.approx(1.0)
    assert psnr(image, image + 5) == pytest.approx(20 * np.log10(255 / 5))


def test_mean_over_the_ok_faces_that_differ(tmp_path):
    clear = _images(6)
    changed = np.stack([cv2.GaussianBlur(image, (5, 5), 0) for image in clear])
    changed[1], changed[4] = clear[1], 0
    status = [0, 0, 0, 0, Status.FAILED.code, 0]
    result = measure_realism(
        _store(tmp_path / "clear", clear),
        _store(tmp_path / "changed", changed, status),
        ["a", "a", "b", "b", "c", None],
        batch=2,
        **LABELS,
    )
    rows = [0, 2, 3, 5]
    for name, metric in (("ssim", ssim), ("psnr", psnr)):
        value = result.values[name]
        assert value.value == pytest.approx(np.mean([metric(clear[row], changed[row]) for row in rows]))
        assert value.low <= value.value <= value.high
        assert value.n == 4
    assert result.values["identical"].value == 1
    assert result.values["identical"].n == 5


def test_faces_without_a_subject_are_resampled_one_by_one(tmp_path):
    clear = _images(5)
    changed = np.stack([cv2.GaussianBlur(image, (5, 5), 0) for image in clear])
    stores = _store(tmp_path / "clear", clear), _store(tmp_path / "changed", changed)
    unknown, each, one = (
        measure_realism(*stores, subjects, **LABELS).values["ssim"]
        for subjects in ([None] * 5, ["a", "b", "c", "d", "e"], ["a"] * 5)
    )
    assert unknown == each
    assert unknown.low < unknown.high
    assert one.low is None


def test_rows_are_matched_by_their_ids(tmp_path):
    clear = _images(4)
    changed = np.stack([cv2.GaussianBlur(image, (5, 5), 0) for image in clear])
    subjects = ["a", "b", "c", "d"]
    straight = measure_realism(
        _store(tmp_path / "clear", clear), _store(tmp_path / "changed", changed), subjects, **LABELS
    )
    turned = measure_realism(
        _store(tmp_path / "turned", clear[::-1].copy(), ids=["3", "2", "1", "0"]),
        Store.open(tmp_path / "changed"),
        subjects,
        **LABELS,
    )
    assert straight.values["ssim"] == turned.values["ssim"]


def test_trap_16_identical_images_are_counted_and_not_averaged(tmp_path):
    clear = _store(tmp_path / "clear", _images(3))
    values = measure_realism(clear, clear, ["a", "b", "c"], **LABELS).values
    assert values["identical"].value == 3
    for name in ("ssim", "psnr"):
        assert values[name].value is None
        assert "identical" in values[name].reason


def test_trap_16_nothing_anonymized_is_null_with_the_reason(tmp_path):
    images = _images(2)
    failed = _store(tmp_path / "failed", images * 0, [Status.FAILED.code] * 2)
    values = measure_realism(_store(tmp_path / "clear", images), failed, ["a", "b"], **LABELS).values
    for name in ("ssim", "psnr", "identical"):
        assert values[name].value is None
        assert values[name].reason == "no face was anonymized"


def test_what_was_not_asked_for_is_null_with_the_reason(tmp_path):
    clear = _store(tmp_path / "clear", _images(2))
    values = measure_realism(clear, clear, ["a", "b"], **LABELS).values
    for name in ("lpips", "fid"):
        assert values[name].value is None
        assert values[name].reason == f"{name} was not asked for: add it to 'realism' in the configuration"


class MeanColours:
    """Three features an image, repeated to as many as Inception has."""

    def features(self, images):
        rng = np.random.default_rng(0)
        means = images.reshape(len(images), -1, 3).mean(1)
        return np.repeat(means, 683, axis=1)[:, :2048] + rng.normal(size=(len(images), 2048))


def test_fid_of_too_few_faces_is_null_with_their_number(tmp_path):
    clear = _store(tmp_path / "clear", _images(5))
    values = measure_realism(clear, clear, ["a"] * 5, **LABELS, fid_network=MeanColours()).values
    assert values["fid"].value is None
    assert values["fid"].reason == "FID needs at least 2048 faces, there are 5"


def test_fid_without_any_face_is_null(tmp_path):
    images = _images(2)
    failed = _store(tmp_path / "failed", images * 0, [Status.FAILED.code] * 2)
    values = measure_realism(
        _store(tmp_path / "clear", images), failed, ["a", "b"], **LABELS, fid_network=MeanColours()
    ).values
    assert (values["fid"].value, values["fid"].reason) == (None, "no face was anonymized")


def test_trap_19_realism_is_not_offered_as_privacy(tmp_path):
    clear = _store(tmp_path / "clear", _images(2))
    result = measure_realism(clear, clear, ["a", "b"], **LABELS)
    assert result.kind == "realism"
    assert any("no evidence of privacy" in note for note in result.notes)
    assert not any("privacy" in name for name in result.values)


def test_labels_of_another_length_are_refused(tmp_path):
    clear = _store(tmp_path / "clear", _images(2))
    with pytest.raises(DataError, match="expected 2 subjects, got 1"):
        measure_realism(clear, clear, ["a"], **LABELS)
