"""How much an anonymizer changes an image: SSIM, PSNR, LPIPS and FID against the originals.

These are diagnostics of image quality. They say nothing about who can be recognised and are never evidence of
privacy: an image can be far from the original and still identify its subject, and vice versa.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.errors import DataError
from bauta.measurement import Measurement, Value
from bauta.metrics.fid import FeatureMoments, Inception, fid_value
from bauta.metrics.intervals import Resampling, mean_value
from bauta.models.store import ModelStore
from bauta.protocols import Images
from bauta.store import Store

NOT_PRIVACY = "SSIM, PSNR, LPIPS and FID describe picture quality; they are no evidence of privacy"
PAIRWISE = ("ssim", "psnr", "lpips")

PairMetric = Callable[[Images, Images], NDArray[np.float64]]
"""A function that returns one number for each pair of images."""

NOT_ASKED = "{name} was not asked for: add it to 'realism' in the configuration"


SSIM_SIDE, SSIM_SIGMA = 11, 1.5
"""Side and standard deviation of the window of SSIM in pixels."""

MIDDLE = np.float32(128)

SSIM_CONSTANTS = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(original: Images, other: Images) -> float:
    """Structural similarity of the luminance of two uint8 (H, W, 3) RGB images, in [−1, 1], 1 if equal.

    Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment", IEEE TIP 13(4), 2004, section III: Gaussian
    window of 11 pixels with σ = 1.5, K1 = 0.01, K2 = 0.03, L = 255, population covariance, where the
    window fits. SSIM is defined for one channel; the grey image (ITU-R BT.601) is used, at a fifth of the
    cost of three channels. It is scikit-image's to 1e-4, without its import, which takes a third of a job.
    """
    # Around the middle, so that the variances of bright pictures are no differences of large numbers.
    one, two = (
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) - MIDDLE for image in (original, other)
    )
    planes = cv2.merge([one, two, one * one + two * two, one * two])
    edge, (small, smaller) = SSIM_SIDE // 2, SSIM_CONSTANTS
    means = cv2.GaussianBlur(planes, (SSIM_SIDE, SSIM_SIDE), SSIM_SIGMA)[edge:-edge, edge:-edge]
    first, second, squares, product = cv2.split(means)
    variances, covariance = squares - first * first - second * second, product - first * second
    first, second = first + MIDDLE, second + MIDDLE
    luminance = (2 * first * second + small) / (first * first + second * second + small)
    structure = (2 * covariance + smaller) / (variances + smaller)
    return float((luminance * structure).mean(dtype=np.float64))


def psnr(original: Images, other: Images) -> float:
    """Peak signal-to-noise ratio in dB over all channels of two different uint8 (H, W, 3) images."""
    return cv2.PSNR(original, other, 255)


def pair_metrics(names: Iterable[str], models: ModelStore) -> dict[str, PairMetric]:
    """Make the named metrics of `PAIRWISE`; the network of LPIPS is loaded only if it is among them."""
    found: dict[str, PairMetric] = {}
    for name in names:
        if name == "ssim":
            found[name] = _each(ssim)
        elif name == "psnr":
            found[name] = _each(psnr)
        elif name == "lpips":
            from bauta.metrics.lpips_distance import LpipsDistance  # noqa: PLC0415 (torch)

            found[name] = LpipsDistance(models)
    return found


def inception(names: Iterable[str], models: ModelStore) -> Inception | None:
    """Load the network behind FID if `fid` is among the names."""
    if "fid" not in names:
        return None
    from bauta.metrics.inception import CleanInception  # noqa: PLC0415 (torch)

    return CleanInception(models)


def measure_realism(
    originals: Store,
    anonymized: Store,
    subjects: Sequence[str | None],
    *,
    pairwise: Mapping[str, PairMetric],
    fid_network: Inception | None = None,
    dataset: str,
    backend: str,
    setting: str,
    seed: int,
    replicates: int = 2000,
    batch: int = 32,
) -> Measurement:
    """Mean SSIM, PSNR and LPIPS over the ok faces that differ from their original, and FID over all ok faces.

    Faces equal to their original are counted in `identical` and left out of the means, since their PSNR is
    infinite. Intervals are bootstrapped over subjects; a face without a subject is a unit of its own. FID has
    no interval: it is biased by the number of faces, so resampled sets would lie above it.

    Args:
        originals: Store of crops with `images` and `status` that holds every face of `anonymized`.
        anonymized: Store with `images` and `status`.
        subjects: Subject of each row of `anonymized`.
        pairwise: Metrics of pairs by name, as returned by `pair_metrics`.
        fid_network: Network whose features FID compares; without one, FID is missing.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.
        batch: Faces per batch.

    Returns:
        A measurement of kind `realism` with `ssim` (unitless), `psnr` (dB), `lpips` (unitless), `fid`
        (unitless) and `identical` (faces); metrics that were not requested are missing, with that reason.

    Raises:
        DataError: there is not one subject per row.
        StoreError: a face is not among the originals.
    """
    if len(subjects) != len(anonymized):
        raise DataError(f"{anonymized.path}: expected {len(anonymized)} subjects, got {len(subjects)}")
    scores, differing, identical = _compare(originals, anonymized, pairwise, batch)
    compared = len(differing) + identical
    known = sorted({subject for subject in subjects if subject is not None})
    unit_of = {subject: unit for unit, subject in enumerate(known)}
    units = [
        len(known) + row if (subject := subjects[row]) is None else unit_of[subject] for row in differing
    ]
    resampling = Resampling(replicates, seed)
    why = _reason(compared)
    values = {
        name: mean_value(scores[:, column], units, resampling, reason=why)
        for column, name in enumerate(pairwise)
    }
    values["identical"] = Value(value=identical, n=compared) if compared else Value.missing(why, n=0)
    values["fid"] = _fid(originals, anonymized, fid_network, batch)
    for name in PAIRWISE:
        values.setdefault(name, Value.missing(NOT_ASKED.format(name=name)))
    return Measurement(
        kind="realism", dataset=dataset, backend=backend, setting=setting, values=values, notes=[NOT_PRIVACY]
    )


def _each(metric: Callable[[Images, Images], float]) -> PairMetric:
    def measure(originals: Images, others: Images) -> NDArray[np.float64]:
        return np.array([metric(*pair) for pair in zip(originals, others, strict=True)])

    return measure


def _compare(
    originals: Store, anonymized: Store, pairwise: Mapping[str, PairMetric], batch: int
) -> tuple[NDArray[np.float64], list[int], int]:
    """Scores (D, metrics) and rows of the ok faces that differ from their original, and how many do not."""
    scores = [np.zeros((0, len(pairwise)))]
    differing: list[int] = []
    identical = 0
    for start, clear, images in _ok_pairs(originals, anonymized, batch):
        other = (clear != images).any(axis=(1, 2, 3))
        identical += int((~other).sum())
        differing += start[other].tolist()
        if other.any() and pairwise:
            pairs = clear[other], images[other]
            scores.append(np.stack([metric(*pairs) for metric in pairwise.values()], axis=1))
    return np.concatenate(scores), differing, identical


def _fid(originals: Store, anonymized: Store, network: Inception | None, batch: int) -> Value:
    if network is None:
        return Value.missing(NOT_ASKED.format(name="fid"))
    moments = FeatureMoments(), FeatureMoments()
    for _, *images in _ok_pairs(originals, anonymized, batch):
        for side, pixels in zip(moments, images, strict=True):
            side.add(network.features(pixels))
    return fid_value(*moments)


def _ok_pairs(
    originals: Store, anonymized: Store, batch: int
) -> Iterator[tuple[NDArray[np.int64], Images, Images]]:
    """Rows, originals and anonymized images of the ok faces."""
    rows_of_originals = originals.rows_of(anonymized.ids)
    for start, images in anonymized.batches("images", batch):
        stop = start + len(images)
        ok = anonymized.read("status", start, stop) == Status.OK.code
        if ok.any():
            rows = np.arange(start, stop)[ok]
            yield rows, originals.take("images", rows_of_originals[rows]), images[ok]


def _reason(compared: int) -> str:
    """Why there is no mean."""
    if compared == 0:
        return "no face was anonymized"
    return f"all {compared} anonymized faces are identical to their originals"
