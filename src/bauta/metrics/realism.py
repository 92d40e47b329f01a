"""How much of a picture an anonymizer changes: SSIM and PSNR to the original.

These are diagnostics of picture quality. They say nothing about who can be recognised and are never evidence
of privacy: a picture can be far from the original and still name its subject, and the other way round.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bauta.contract import Status
from bauta.errors import DataError
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling, mean_value
from bauta.protocols import Images
from bauta.store import Store

NOT_PRIVACY = "SSIM and PSNR describe picture quality; they are no evidence of privacy"
NO_BACKBONE = {
    "lpips": "LPIPS needs its AlexNet or VGG backbone, which is not among the models of this version",
    "fid": "FID needs the Inception backbone, which is not among the models of this version",
}


def ssim(original: Images, other: Images) -> float:
    """Structural similarity of the luminance of two uint8 (H, W, 3) RGB images, in [−1, 1], 1 if equal.

    Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment", IEEE TIP 13(4), 2004, section III: Gaussian
    window with σ = 1.5 pixels, K1 = 0.01, K2 = 0.03, L = 255, population covariance. SSIM is defined for one
    channel; the grey image (ITU-R BT.601) is taken, which costs a fifth of the mean over three channels.
    """
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (original, other)]
    return float(
        structural_similarity(
            *grey, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
    )


def psnr(original: Images, other: Images) -> float:
    """Peak signal-to-noise ratio in dB over all channels of two different uint8 (H, W, 3) images."""
    return float(peak_signal_noise_ratio(original, other, data_range=255))


def measure_realism(
    originals: Store,
    anonymized: Store,
    subjects: Sequence[str | None],
    *,
    dataset: str,
    backend: str,
    setting: str,
    seed: int,
    replicates: int = 2000,
    batch: int = 32,
) -> Measurement:
    """Mean SSIM and PSNR over the ok faces that differ from their original.

    Faces equal to their original are counted in `identical` and left out of the means, since their PSNR is
    infinite. Intervals are bootstrapped over subjects; a face without a subject is a unit of its own.

    Args:
        originals: Store of crops with `images` and `status`, which holds every face of `anonymized`.
        anonymized: Store with `images` and `status`.
        subjects: Who each row of `anonymized` shows.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.
        batch: Faces at a time.

    Returns:
        A measurement of kind `realism` with `ssim` (unitless), `psnr` (dB), `identical` (faces), `lpips` and
        `fid` (missing, with the reason).

    Raises:
        DataError: not one subject a row.
        StoreError: a face is not among the originals.
    """
    if len(subjects) != len(anonymized):
        raise DataError(f"{anonymized.path}: expected {len(anonymized)} subjects, got {len(subjects)}")
    scores, differing, identical = _compare(originals, anonymized, batch)
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
        for column, name in enumerate(("ssim", "psnr"))
    }
    values["identical"] = Value(value=identical, n=compared) if compared else Value.missing(why, n=0)
    values |= {name: Value.missing(reason) for name, reason in NO_BACKBONE.items()}
    return Measurement(
        kind="realism", dataset=dataset, backend=backend, setting=setting, values=values, notes=[NOT_PRIVACY]
    )


def _compare(originals: Store, anonymized: Store, batch: int) -> tuple[NDArray[np.float64], list[int], int]:
    """SSIM and PSNR (D, 2) and row of each ok face that differs from its original, and how many do not."""
    rows_of_originals = originals.rows_of(anonymized.ids)
    scores: list[tuple[float, float]] = []
    differing: list[int] = []
    identical = 0
    for start, images in anonymized.batches("images", batch):
        stop = start + len(images)
        ok = anonymized.read("status", start, stop) == Status.OK.code
        clear = originals.take("images", rows_of_originals[start:stop])
        for offset in np.flatnonzero(ok).tolist():
            if np.array_equal(clear[offset], images[offset]):
                identical += 1
                continue
            scores.append((ssim(clear[offset], images[offset]), psnr(clear[offset], images[offset])))
            differing.append(start + offset)
    return np.array(scores, dtype=np.float64).reshape(-1, 2), differing, identical


def _reason(compared: int) -> str:
    """Why there is no mean, where there is none."""
    if compared == 0:
        return "no face was anonymized"
    return f"all {compared} anonymized faces are identical to their originals"
