"""The measurement of the adapt stage: an attacker trained on one anonymized set."""

import logging

import numpy as np
from numpy.typing import NDArray

from bauta.attack.adaptive import AdaptiveResult, AttackedFaces, attack_adaptively
from bauta.attack.faces import Embeddings, FaceLabels, require_aligned
from bauta.attack.identification import (
    chance,
    failure_notes,
    identification_values,
    recognised,
    why_undefined,
)
from bauta.errors import DataError
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling

logger = logging.getLogger(__name__)


def measure_adaptive(
    clear: Embeddings,
    anonymized: Embeddings,
    labels: FaceLabels,
    clear_pixels: NDArray[np.float32],
    anonymized_pixels: NDArray[np.float32],
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    seed: int,
    replicates: int = 2000,
) -> Measurement:
    """An attacker trained on the anonymized enrolled faces, against the anonymized probes.

    The same procedure is run on the clear faces. An attacker that is weaker there than the fixed one did
    not learn and proves nothing (trap 11): it is invalid if the upper end of its interval lies below the
    fixed attacker's top-1.

    Args:
        clear: Embeddings of the N scored originals.
        anonymized: Embeddings of the same faces after anonymization; a probe that is not ok, or whose
            subject has no ok enrolled face, counts as recognised in `adaptive_top1`.
        labels: Their subjects and roles.
        clear_pixels: float32 (N, F) of the originals, see `classifiers.pixel_features`.
        anonymized_pixels: float32 (N, F) of the anonymized faces.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the recognizer.
        seed: Seed of the folds and of the resampling.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `adapt`: `chance_top1`, `adaptive_top1`, `adaptive_top1_covered`, `adaptive_clear_top1`,
        `fixed_clear_top1` and `adaptive_valid` (1 or 0); the chosen candidates are in the provenance.

    Raises:
        DataError: the rows do not match.
    """
    require_aligned(labels, clear, anonymized)
    for pixels in (clear_pixels, anonymized_pixels):
        if len(pixels) != len(labels):
            raise DataError(f"expected pixel features of {len(labels)} faces, got {len(pixels)}")
    resampling = Resampling(replicates, seed)
    reason = why_undefined(labels)
    values = {"chance_top1": chance(labels)}
    provenance: dict[str, str | int | float | None] = {"seed": seed, "replicates": replicates}
    notes: list[str] = []
    if reason is not None:
        names = ("top1", "top1_covered", "clear_top1", "valid")
        values |= {f"adaptive_{name}": Value.missing(reason) for name in names}
        values["fixed_clear_top1"] = Value.missing(reason)
    else:
        subjects = labels.subjects[labels.probe]
        on_clear = attack_adaptively(AttackedFaces(clear, clear_pixels), labels, seed=seed)
        on_anonymized = attack_adaptively(AttackedFaces(anonymized, anonymized_pixels), labels, seed=seed)
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
        provenance |= _choice("clear_", on_clear) | _choice("", on_anonymized)
        logger.info("%s %s: %s on %s", backend, setting, on_anonymized.candidate, model)
    return Measurement(
        kind="adapt",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        notes=notes,
        provenance=provenance,
    )


def _reaches(learned: Value, fixed: Value) -> bool:
    """Whether the attacker is as good on clear faces as the fixed one, within its interval."""
    reach = learned.high if learned.high is not None else learned.value
    return reach is not None and fixed.value is not None and reach >= fixed.value


def _notes(
    anonymized: Embeddings, labels: FaceLabels, learned: Value, fixed: Value, *, valid: bool
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
