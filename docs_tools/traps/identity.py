"""Pictures of the traps of samples, identification and verification."""

import cv2
import numpy as np
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from bauta.metrics.realism import ssim
from traps.panels import GREY, PLAIN, RIGHT, WRONG, bars, generator, panel, top1

PEOPLE, EACH, SIZE = 40, 5, 64


@panel(1, "a failed wrapper returns the original")
def copies(axes: Axes) -> None:
    quality = np.where(np.arange(100) < 30, 1.0, 0.55)
    values = {"SSIM reported": quality.mean(), "SSIM of the edited": quality[30:].mean(), "passed on": 0.3}
    bars(axes, values, (WRONG, RIGHT, PLAIN))


@panel(2, "a generator with random weights")
def random_weights(axes: Axes) -> None:
    random = generator(2)
    people = random.normal(size=(PEOPLE, 64))
    probes = np.tanh(random.normal(size=(PEOPLE, 64)))
    values = {
        "“privacy”": 1 - top1(people, probes, np.arange(PEOPLE)),
        "utility": 0.0,
        "jobs that start": 0.0,
    }
    bars(axes, values, (WRONG, PLAIN, RIGHT))


@panel(3, "faces that are not found leave the score")
def not_found(axes: Axes) -> None:
    random = generator(3)
    found = np.arange(200) >= 40
    named = random.random(200) < 0.1
    values = {
        "top-1 of the found": named[found].mean(),
        "failures leak": (named | ~found).mean(),
        "coverage": found.mean(),
    }
    bars(axes, values, (WRONG, RIGHT, PLAIN))


@panel(4, "a drawing is promised, the photograph is fed")
def fed(axes: Axes) -> None:
    random = generator(4)
    one, other = random.integers(0, 256, (2, SIZE, SIZE), dtype=np.uint8)
    drawing = cv2.circle(np.zeros((SIZE, SIZE), np.uint8), (32, 32), 20, 255, 2)
    changed = {
        "fed the photograph": _differs(cv2.blur(one, (5, 5)), cv2.blur(other, (5, 5))),
        "fed the drawing": _differs(drawing, drawing),
    }
    bars(axes, changed, (WRONG, RIGHT))
    axes.set_xlabel("pixels that follow hidden pixels", color=GREY)


@panel(32, "landmarks on one point: nothing is edited")
def collapsed(axes: Axes) -> None:
    angle = np.linspace(0, 2 * np.pi, 68)
    face = np.stack([32 + 20 * np.cos(angle), 32 + 26 * np.sin(angle)], 1).astype(np.float32)
    point = np.full_like(face, 32)
    area = [cv2.contourArea(cv2.convexHull(points)) / SIZE**2 for points in (point, face)]
    bars(axes, {"edited, collapsed": area[0], "edited, as it should": area[1]}, (WRONG, RIGHT))


@panel(5, "an AUC without genuine pairs")
def no_genuine(axes: Axes) -> None:
    bars(axes, {"printed": 0.0, "bauta": np.nan}, (WRONG, RIGHT))


@panel(6, "a threshold from genuine scores alone")
def genuine_only(axes: Axes) -> None:
    threshold = norm.ppf(0.05, 0.6, 0.1)
    accepted = {f"impostors at {mean}": float(norm.sf(threshold, mean, 0.1)) for mean in (0.1, 0.3, 0.4)}
    bars(axes, accepted, (WRONG,) * 3)
    axes.set_xlabel("false accepts of the same threshold", color=GREY)


@panel(7, "TAR at FAR 10⁻⁴ from 2,000 pairs")
def few_impostors(axes: Axes) -> None:
    random = generator(7)
    estimates = [norm.sf(np.quantile(random.normal(0, 1, 2000), 1 - 1e-4), 3, 1) for _ in range(400)]
    axes.hist(estimates, bins=25, color=WRONG)
    axes.axvline(norm.sf(norm.ppf(1 - 1e-4), 3, 1), color=RIGHT, linewidth=2)
    axes.set(yticks=[], xlabel="400 estimates, and the truth")


@panel(8, "the threshold is chosen on the scored pairs")
def own_threshold(axes: Axes) -> None:
    random = generator(8)
    best = []
    for _ in range(300):
        scores, same = random.normal(size=40), np.arange(40) < 20
        best.append(max(np.mean((scores > cut) == same) for cut in scores))
    bars(axes, {"best on its own": float(np.mean(best)), "on other pairs": 0.5}, (WRONG, RIGHT))
    axes.set_xlabel("accuracy of scores without information", color=GREY)


@panel(9, "only anonymized against anonymized")
def one_protocol(axes: Axes) -> None:
    random = generator(9)
    people = random.normal(size=(PEOPLE, 64))
    truth = np.repeat(np.arange(PEOPLE), EACH)
    hidden = [people[truth] + random.normal(0, 2.2, (len(truth), 64)) for _ in range(2)]
    values = {
        "anonymized both": top1(hidden[0][::EACH], hidden[1], truth),
        "clear gallery": top1(people, hidden[1], truth),
    }
    bars(axes, values, (WRONG, RIGHT))
    axes.set_xlabel("top-1", color=GREY)


@panel(11, "an attacker who never learned")
def unlearned(axes: Axes) -> None:
    random = generator(11)
    people = random.normal(size=(PEOPLE, 64))
    truth = np.repeat(np.arange(PEOPLE), EACH)
    clear = people[truth] + random.normal(0, 0.5, (len(truth), 64))
    guess = random.normal(size=(PEOPLE, 64))
    values = {
        "on anonymized": top1(guess, clear + random.normal(0, 2, clear.shape), truth),
        "the same on clear": top1(guess, clear, truth),
        "a fixed one on clear": top1(people, clear, truth),
    }
    bars(axes, values, (WRONG, WRONG, RIGHT))


@panel(13, "rank-1 divided by the probes that were found")
def divided(axes: Axes) -> None:
    bars(
        axes,
        {"of 80 found": 20 / 80, "of all 200": 20 / 200, "failures leak": (20 + 120) / 200},
        (WRONG, PLAIN, RIGHT),
    )


@panel(21, "equal scores: the first entry always wins")
def ties(axes: Axes) -> None:
    truth = np.repeat(np.arange(20), [60, *[10] * 19])
    first = np.mean(np.zeros((len(truth), 20)).argmax(axis=1) == truth)
    bars(axes, {"black, argmax": float(first), "expected over ties": 1 / 20}, (WRONG, RIGHT))


@panel(23, "one mean distance, two truths")
def mean_distance(axes: Axes) -> None:
    far = np.where(np.arange(200) < 100, 0.1, 1.1)
    values = {
        "A: mean distance": 0.6,
        "B: mean distance": float(far.mean()),
        "A: within 0.3": 0.0,
        "B: within 0.3": float(np.mean(far < 0.3)),
    }
    bars(axes, values, (WRONG, WRONG, RIGHT, RIGHT))


@panel(25, "nobody undoes the blur")
def undone(axes: Axes) -> None:
    kernels, as_is, restored, _ = _blurred()
    axes.plot(kernels, as_is, color=WRONG, marker="o", label="as released")
    axes.plot(kernels, restored, color=RIGHT, marker="s", label="deconvolved")
    axes.set(ylim=(0, 1.05), xlabel="σ of the blur in pixels", ylabel="top-1")
    axes.legend(frameon=False, fontsize=7)


@panel(28, "1/N is called chance")
def chance(axes: Axes) -> None:
    probes = np.array([100, *[18] * 50])
    bars(
        axes,
        {"1/N": 1 / len(probes), "always the most frequent": probes.max() / probes.sum()},
        (WRONG, RIGHT),
        top=0.15,
    )


@panel(29, "failures leak here and vanish there")
def vanish(axes: Axes) -> None:
    random = generator(29)
    genuine, impostor = random.normal(0.25, 0.2, 700), random.normal(0.2, 0.2, 1000)
    failed = np.full(300, 1.0)
    values = {
        "AUC of the covered": _auc(genuine, impostor),
        "AUC, failures leak": _auc(np.concatenate([genuine, failed]), impostor),
    }
    bars(axes, values, (WRONG, RIGHT))


@panel(30, "an AUC of 0.02 reads as perfect")
def turned(axes: Axes) -> None:
    random = generator(30)
    auc = _auc(random.normal(0, 0.2, 500), random.normal(0.6, 0.2, 500))
    bars(axes, {"AUC": auc, "scores turned round": 1 - auc}, (WRONG, RIGHT))


@panel(35, "one photograph in gallery and probe")
def twice(axes: Axes) -> None:
    random = generator(35)
    people = random.normal(size=(PEOPLE, 64))
    truth = np.arange(PEOPLE)
    gallery = people + random.normal(0, 3, people.shape)
    probes = people + random.normal(0, 3, people.shape)
    copied = np.where(truth[:, None] < 14, gallery, probes)
    bars(
        axes,
        {
            "with copies": top1(gallery, copied, truth),
            "without": top1(gallery[14:], probes[14:], truth[14:] - 14),
        },
        (WRONG, RIGHT),
    )
    axes.set_xlabel("top-1", color=GREY)


@panel(19, "SSIM as evidence of privacy")
def similarity(axes: Axes) -> None:
    kernels, _, restored, similarity = _blurred()
    axes.plot(kernels, similarity, color=WRONG, marker="o", label="SSIM")
    axes.plot(kernels, restored, color=RIGHT, marker="s", label="top-1")
    axes.set(ylim=(0, 1.05), xlabel="σ of the blur in pixels")
    axes.legend(frameon=False, fontsize=7)


def _blurred() -> tuple[list[int], list[float], list[float], list[float]]:
    """σ of a blur → top-1 of textures as they are and deconvolved, and SSIM."""
    random = generator(25)
    faces = np.stack(
        [gaussian_filter(random.normal(size=(SIZE, SIZE)), 2, mode="wrap") for _ in range(PEOPLE)]
    )
    faces = 128 + 40 * faces / faces.std()
    light = gaussian_filter(random.normal(size=faces.shape), (0, 10, 10), mode="wrap")
    seen = faces + 60 * light / light.std()
    sigmas, as_is, restored, alike = [1, 2, 3, 4, 5, 6], [], [], []
    for sigma in sigmas:
        blurred = np.rint(gaussian_filter(seen, (0, sigma, sigma), mode="wrap"))
        frequency = np.fft.fftfreq(SIZE)
        transfer = np.exp(-2 * (np.pi * sigma) ** 2 * (frequency[:, None] ** 2 + frequency**2))
        back = np.fft.ifft2(np.fft.fft2(blurred) * transfer / (transfer**2 + 1e-6)).real
        as_is.append(top1(_flat(faces), _flat(blurred), np.arange(PEOPLE)))
        restored.append(top1(_flat(faces), _flat(back), np.arange(PEOPLE)))
        pair = [
            np.repeat(np.clip(image, 0, 255).astype(np.uint8)[..., None], 3, -1)
            for image in (seen[0], blurred[0])
        ]
        alike.append(float(np.mean(ssim(*pair))))
    return sigmas, as_is, restored, alike


def _flat(images: np.ndarray) -> np.ndarray:
    return (images - images.mean(axis=(1, 2), keepdims=True)).reshape(len(images), -1)


def _auc(genuine: np.ndarray, impostor: np.ndarray) -> float:
    labels = np.repeat([1, 0], [len(genuine), len(impostor)])
    return float(roc_auc_score(labels, np.concatenate([genuine, impostor])))


def _differs(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.mean(one != other))
