"""The measurement of the adapt stage: an attacker trained on one anonymized set."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.attack.adaptive import CANDIDATES, AdaptiveResult, attack_adaptively
from bauta.attack.candidates import AttackedFaces
from bauta.attack.faces import AttackLabels, Embeddings, require_aligned
from bauta.attack.guessing import guess_values
from bauta.attack.identification import (
    failure_notes,
    identification_values,
    recognised,
    why_undefined,
)
from bauta.attack.person_hits import HITS, hits_curve
from bauta.errors import DataError
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling

logger = logging.getLogger(__name__)


def measure_adaptive(
    clear: Embeddings,
    anonymized: Embeddings,
    labels: AttackLabels,
    clear_pixels: NDArray[np.float32],
    anonymized_pixels: NDArray[np.float32],
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    seed: int,
    replicates: int = 2000,
    others: Sequence[str] = (),
) -> Measurement:
    """Measure an attacker that is trained on anonymized enrolled faces and attacks anonymized probes.

    The same procedure is run on the clear faces. An attacker that is weaker there than the fixed one has not
    learned and proves nothing (trap 11): it is invalid if the upper end of its interval lies below the fixed
    attacker's top-1.

    Args:
        clear: Embeddings of the N scored originals.
        anonymized: Embeddings of the same faces after anonymization; a probe that is not ok, or whose
            subject has no ok enrolled face, counts as recognised in `adaptive_top1`.
        labels: Their subjects and roles.
        clear_pixels: float32 (N, F) of the originals, see `pixel_features.pixel_features`.
        anonymized_pixels: float32 (N, F) of the anonymized faces.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the recognizer.
        seed: Seed of the folds and of the resampling.
        replicates: Bootstrap replicates.
        others: Names in `ATTACKS` of candidates beside those that always compete.

    Returns:
        A measurement `adapt`: `chance_top1`, `blind_top1`, `constant_top1`, `adaptive_top1`,
        `adaptive_top1_covered`, `adaptive_clear_top1`, `fixed_clear_top1` and `adaptive_valid` (1 or 0); the
        chosen candidates are in the provenance. The curve `hits` has what it reaches on each person, see
        `person_hits`.

    Raises:
        DataError: the rows do not match.
    """
    require_aligned(labels, clear, anonymized)
    for pixels in (clear_pixels, anonymized_pixels):
        if len(pixels) != len(labels):
            raise DataError(f"expected pixel features of {len(labels)} faces, got {len(pixels)}")
    resampling = Resampling(replicates, seed)
    reason = why_undefined(labels)
    values = guess_values(labels, resampling)
    provenance: dict[str, str | int | float | None] = {"seed": seed, "replicates": replicates}
    notes: list[str] = []
    curves: dict[str, Any] = {}
    if reason is not None:
        names = ("top1", "top1_covered", "clear_top1", "valid")
        values |= {f"adaptive_{name}": Value.missing(reason) for name in names}
        values["fixed_clear_top1"] = Value.missing(reason)
    else:
        subjects = labels.subjects[labels.probe]
        on_clear = attack_adaptively(AttackedFaces(clear, clear_pixels), labels, seed=seed, others=others)
        on_anonymized = attack_adaptively(
            AttackedFaces(anonymized, anonymized_pixels), labels, seed=seed, others=others
        )
        fixed = identification_values(clear, clear, labels, resampling, fails_closed=False)[0]["top1"]
        learned = recognised(on_clear.credit, subjects, resampling, unscored=0.0)[0]
        top1, covered = recognised(on_anonymized.credit, subjects, resampling, unscored=1.0)
        valid = _reaches(learned, fixed)
        values |= {
            "adaptive_top1": top1,
            "adaptive_top1_covered": covered,
            "adaptive_clear_top1": learned,
            "fixed_clear_top1": fixed,
            "adaptive_valid": Value(value=float(valid)),
        }
        notes = _notes(anonymized, labels, learned, fixed, valid=valid)
        curves = {HITS: hits_curve(labels, one=on_anonymized.credit)}
        provenance |= _choice("clear_", on_clear) | _choice("", on_anonymized)
        if others:
            provenance["candidates"] = ", ".join((*CANDIDATES, *others))
        logger.info("%s %s: %s on %s", backend, setting, on_anonymized.candidate, model)
    return Measurement(
        kind="adapt",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        curves=curves,
        notes=notes,
        provenance=provenance,
    )


def _reaches(learned: Value, fixed: Value) -> bool:
    """Whether the attacker matches the fixed one on clear faces, within its interval."""
    reach = learned.high if learned.high is not None else learned.value
    return reach is not None and fixed.value is not None and reach >= fixed.value


def _notes(
    anonymized: Embeddings, labels: AttackLabels, learned: Value, fixed: Value, *, valid: bool
) -> list[str]:
    trained = labels.subjects[labels.enrol & anonymized.ok]
    failures = failure_notes(
        anonymized.ok[labels.probe], labels.subjects[labels.probe], trained, fails_closed=True
    )
    notes = [f"adaptive: {failure}" for failure in failures]
    if not valid:
        notes.append(
            f"adaptive attacker invalid: top-1 {learned.value:.3f} on clear faces, "
            f"the fixed attacker reaches {fixed.value:.3f}"
        )
    return notes


def _choice(prefix: str, result: AdaptiveResult) -> dict[str, str | int | float | None]:
    return {
        f"{prefix}candidate": result.candidate,
        f"{prefix}candidate_cv_top1": result.cross_validated,
    }
