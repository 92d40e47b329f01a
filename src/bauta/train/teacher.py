"""Training and calibrating the expression teacher and writing its weights and card."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import InfeasibleError
from bauta.express.card import WEIGHTS, TeacherCard, TeacherQuality, file_sha256, write_card
from bauta.express.view import TeacherView
from bauta.inference.bfloat16 import arithmetic
from bauta.inference.device import torch_device
from bauta.io.atomic import whole_folder
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import (
    accuracy,
    chance_macro_f1,
    contingency,
    expected_calibration_error,
    macro_f1,
)
from bauta.train.calibrate import fit_temperature
from bauta.train.ensemble import checkpoints, fit_ensemble
from bauta.train.export import export_onnx, predict_logits
from bauta.train.fit import reproducible
from bauta.train.recipe import TeacherRecipe
from bauta.train.views import LabelledFaces, LabelledViews, check_disjoint, pooled

log = logging.getLogger(__name__)

CHANCE_FACTOR = 1.5
"""A teacher whose macro-F1 on its own training faces is below this multiple of chance has not learned."""


def train_teacher(
    train: Sequence[LabelledFaces],
    dev: LabelledFaces,
    *,
    seed: int,
    contract: CropContract,
    out: Path | str,
    recipe: TeacherRecipe | None = None,
    checkpoint: Path | None = None,
    threads: int = 1,
    must_learn: bool = True,
    made_from: Mapping[str, str] | None = None,
    progress: bool = False,
) -> TeacherCard:
    """Train a teacher on the labelled faces of some subjects and calibrate it on those of others.

    The files are reproducible to the byte for a given seed, data, device, number of threads and the versions
    that the card names.

    Args:
        train: Training faces of one or more datasets; those without a label or a usable crop are left out.
        dev: Development faces, on which the temperature is fitted and the quality is measured.
        seed: Seed of the weights, the batches and the augmentation.
        contract: Geometry of the crops.
        out: Folder to write, with `weights.onnx` and `card.json`; its content is replaced.
        recipe: Training settings.
        checkpoint: File that stores the state after each epoch, so that an interrupted training can resume;
            removed at the end.
        threads: CPU threads.
        must_learn: Whether to refuse a network that is at chance on its own training faces.
        made_from: Place → digest of each of its inputs, for the card's seal.
        progress: Show a progress bar.

    Returns:
        The card.

    Raises:
        DataError: a subject is in both partitions.
        InfeasibleError: a partition is empty, the training faces have a single class, or the network is at
            chance on them.
        TrainingError: the loss is not finite.
    """
    recipe = recipe or TeacherRecipe()
    for part in train:
        check_disjoint(part, dev)
    view = TeacherView(size=recipe.view_size, margin=recipe.view_margin, centre=recipe.view_centre)
    learned = pooled([LabelledViews.load(part, view, contract) for part in train])
    held_out = LabelledViews.load(dev, view, contract)
    _check_classes(learned)
    with reproducible(threads):
        fit = fit_ensemble(learned, recipe, seed=seed, checkpoint=checkpoint, progress=progress)
    with whole_folder(out) as folder:
        weights = folder / WEIGHTS
        export_onnx(fit.network, recipe.view_size, weights)
        # The quality is that of the file, whose kernels are rounded, not that of the network.
        temperature, quality = _judge(weights, learned, held_out, fit.loss_curve)
        if must_learn:
            _check_learned(learned, quality)
        card = TeacherCard(
            architecture=recipe.architecture,
            crop_size=contract.size,
            crop_margin=contract.margin,
            view=view,
            classes=EXPRESSIONS,
            temperature=temperature,
            weights_sha256=file_sha256(weights),
            seed=seed,
            recipe=asdict(recipe),
            train_counts=_named(learned.counts()),
            dev_counts=_named(held_out.counts()),
            skipped=learned.skipped + held_out.skipped,
            data_sha256=hashlib.sha256(f"{learned.sha256}{held_out.sha256}".encode()).hexdigest(),
            device=arithmetic(torch_device(), bfloat16=recipe.bfloat16),
            threads=threads,
            versions={name: version(name) for name in ("numpy", "onnx", "torch")},
            quality=quality,
        )
        write_card(card, folder, out, made_from)
    for path in filter(None, checkpoints(checkpoint, recipe)):
        path.unlink(missing_ok=True)
    log.info(
        "teacher on %d faces: dev macro-F1 %.3f, accuracy %.3f, ECE %.3f on %d faces",
        len(learned),
        quality.dev_macro_f1,
        quality.dev_accuracy,
        quality.dev_ece,
        len(held_out),
    )
    return card


def _judge(
    weights: Path, learned: LabelledViews, held_out: LabelledViews, loss_curve: tuple[float, ...]
) -> tuple[float, TeacherQuality]:
    """Fit the temperature and measure the quality of an exported network."""
    train_logits, dev_logits = (predict_logits(weights, faces.views) for faces in (learned, held_out))
    temperature = fit_temperature(dev_logits, held_out.labels)
    confusion = _confusion(held_out, dev_logits)
    return temperature, TeacherQuality(
        train_macro_f1=float(macro_f1(_confusion(learned, train_logits))),
        dev_accuracy=float(accuracy(confusion)),
        dev_macro_f1=float(macro_f1(confusion)),
        dev_ece=expected_calibration_error(softmax(dev_logits / temperature, axis=1), held_out.labels),
        dev_confusion=tuple(tuple(row) for row in confusion[:, :-1].tolist()),
        loss_curve=loss_curve,
    )


def _check_classes(faces: LabelledViews) -> None:
    missing = [name for name, count in _named(faces.counts()).items() if count == 0]
    if len(missing) >= len(EXPRESSIONS) - 1:
        raise InfeasibleError(
            f"teacher: expected training faces of several expressions, none shows {', '.join(missing)}"
        )
    if missing:
        log.warning("no training face shows %s: the teacher cannot learn it", ", ".join(missing))


def _check_learned(faces: LabelledViews, quality: TeacherQuality) -> None:
    reached, chance = quality.train_macro_f1, _chance(faces)
    if reached < CHANCE_FACTOR * chance:
        raise InfeasibleError(
            f"teacher: macro-F1 {reached:.3f} on its {len(faces)} training faces, chance is {chance:.3f}; "
            "check the labels or train longer"
        )


def _chance(faces: LabelledViews) -> float:
    """Macro-F1 of random guessing, which depends only on the labels."""
    classes = len(EXPRESSIONS)
    return float(chance_macro_f1(contingency(faces.labels, faces.labels, (classes, classes + 1))))


def _confusion(faces: LabelledViews, logits: NDArray[np.float32]) -> NDArray[np.int64]:
    classes = len(EXPRESSIONS)
    return contingency(faces.labels, logits.argmax(1), (classes, classes + 1))


def _named(counts: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(EXPRESSIONS, counts.tolist(), strict=True))
