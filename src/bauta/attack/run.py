"""The measurements of the attack stage: the clear baseline, and the attacks on one anonymized set."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bauta.attack.faces import AttackLabels, Embeddings, require_aligned
from bauta.attack.guessing import guess_values
from bauta.attack.histograms import BINS, ScoreHistograms, cluster_subjects, pair_histograms
from bauta.attack.identification import identification_values
from bauta.attack.lfw_pairs import Fold, PairsResult, evaluate_pairs
from bauta.attack.linkability import linkability_values, measure_linkability
from bauta.attack.open_set import open_set_values
from bauta.attack.protocols import CLEAR, AttackProtocol, get_protocol
from bauta.attack.threshold import (
    CLEAR_FAR,
    ClearThreshold,
    Development,
    choose_threshold,
    operating_point,
)
from bauta.attack.verification import turned_note, verification_values
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling, mean_value

CURVE_BINS = 200
DISTANCE_ROWS = 4096
OPERATING_PROTOCOLS = ("clear", "naive")
"""The protocols with a clear gallery, as in the deployed system to which a clear threshold belongs."""


def measure_clear(
    clear: Embeddings,
    labels: AttackLabels,
    *,
    dataset: str,
    model: str,
    seed: int,
    replicates: int = 2000,
    dev: Development | None = None,
    pairs: Sequence[Fold] | None = None,
) -> Measurement:
    """Measure the baseline: how well the recognizer identifies and verifies the originals.

    Args:
        clear: Embeddings of the N scored faces; a face that is not ok is a miss.
        labels: Their subjects and roles.
        dataset: Name of the dataset.
        model: Name of the recognizer.
        seed: Seed of the resampling and of the folds.
        replicates: Bootstrap replicates.
        dev: Clear faces of other subjects, on which the verification threshold is chosen.
        pairs: The folds of the dataset's verification protocol, if it has one.

    Returns:
        A measurement `attack` of backend `original`, setting `clear`: `chance_top1`, `blind_top1`,
        `constant_top1`, `clear_top1`, `clear_top5`, `clear_top1_at_…` (smaller galleries), `clear_auc`,
        `clear_eer`, `clear_tar_at_far_…`, `clear_fnir_at_fpir_…`, `clear_d_sys`, `tar_at_clear_threshold`
        and `far_at_clear_threshold`, each of those after the first three with its `*_covered`, and
        `clear_smallest_far`; with pairs, also `clear_pairs_accuracy` and `clear_pairs_standard_error`, and a
        note that counts them. The curve `clear` holds the similarities of genuine and impostor pairs, and the
        local linkability of a similarity.

    Raises:
        DataError: the rows do not match, or a development subject is also scored.
    """
    values, curves, notes, threshold = _attack(
        [CLEAR], clear, clear, labels, resampling=Resampling(replicates, seed), dev=dev
    )
    if pairs is not None:
        result = _evaluate_pairs(pairs, clear, clear, labels)
        values["clear_pairs_accuracy"] = result.accuracy
        values["clear_pairs_standard_error"] = result.standard_error
        notes.append(result.note())
    return Measurement(
        kind="attack",
        dataset=dataset,
        backend="original",
        setting="clear",
        model=model,
        values=values,
        curves=curves,
        notes=notes,
        provenance=_provenance(seed, replicates, threshold),
    )


def measure_attack(
    clear: Embeddings,
    anonymized: Embeddings,
    labels: AttackLabels,
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    protocols: Sequence[str] = ("naive", "reverse", "parrot"),
    seed: int,
    replicates: int = 2000,
    dev: Development | None = None,
    pairs: Sequence[Fold] | None = None,
) -> Measurement:
    """Measure the fixed attacker: the unchanged recognizer against one anonymized set.

    Args:
        clear: Embeddings of the N scored originals.
        anonymized: Embeddings of the same faces after anonymization; a face that is not ok counts as
            recognised, verified and linked, and is left out of `*_covered`.
        labels: Their subjects and roles.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the recognizer.
        protocols: Names of protocols in `protocols.PROTOCOLS`.
        seed: Seed of the resampling and of the folds.
        replicates: Bootstrap replicates.
        dev: Clear faces of other subjects, on which the verification threshold is chosen.
        pairs: The folds of the dataset's verification protocol, if it has one.

    Returns:
        A measurement `attack` with the values of `measure_clear` for each protocol in place of `clear`, and
        `cosine_distance`, which is a diagnostic and not evidence of privacy (trap 23).
        `tar_at_clear_threshold` and `far_at_clear_threshold` belong to the protocol `naive`. With pairs, also
        `pairs_accuracy`: the first image of a pair is clear, the second anonymized; pairs with a failed face
        are missing and counted in a note.

    Raises:
        DataError: the rows do not match, or a development subject is also scored.
        UnknownNameError: a protocol does not exist.
    """
    resampling = Resampling(replicates, seed)
    chosen = [get_protocol(name) for name in protocols]
    values, curves, notes, threshold = _attack(
        chosen, clear, anonymized, labels, resampling=resampling, dev=dev
    )
    values["cosine_distance"] = cosine_distance(clear, anonymized, labels, resampling)
    if pairs is not None:
        result = _evaluate_pairs(pairs, clear, anonymized, labels)
        values["pairs_accuracy"] = result.accuracy
        notes.append(result.note())
    return Measurement(
        kind="attack",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        curves=curves,
        notes=notes,
        provenance=_provenance(seed, replicates, threshold),
    )


def cosine_distance(
    clear: Embeddings, anonymized: Embeddings, labels: AttackLabels, resampling: Resampling
) -> Value:
    """Mean of 1 − cosine between each original and its anonymized face, over faces where both are ok.

    Rounding can make the cosine of two equal vectors exceed 1; the distance is then 0.
    """
    both = np.flatnonzero(clear.ok & anonymized.ok)
    distance = np.empty(len(both))
    for start in range(0, len(both), DISTANCE_ROWS):
        rows = both[start : start + DISTANCE_ROWS]
        cosine = np.einsum("ij,ij->i", clear.vectors[rows], anonymized.vectors[rows], dtype=np.float64)
        distance[start : start + DISTANCE_ROWS] = np.maximum(1 - cosine, 0.0)
    return mean_value(distance, labels.subjects[both], resampling, reason="no anonymized face is ok")


def _attack(
    protocols: Sequence[AttackProtocol],
    clear: Embeddings,
    anonymized: Embeddings,
    labels: AttackLabels,
    *,
    resampling: Resampling,
    dev: Development | None,
) -> tuple[dict[str, Value], dict[str, Any], list[str], ClearThreshold]:
    """The values, curves and notes of all protocols, and the clear threshold."""
    require_aligned(labels, clear, anonymized)
    clusters = cluster_subjects(labels)
    threshold = choose_threshold(clear, labels, dev, seed=resampling.seed)
    values = guess_values(labels, resampling)
    curves: dict[str, Any] = {}
    notes: list[str] = []
    for protocol in protocols:
        sides, closed = protocol.sides(clear, anonymized), protocol.fails_closed
        histograms = pair_histograms(
            *sides,
            labels,
            clusters,
            failed_probes=closed,
            failed_enrolled=protocol.gallery_anonymized,
        )
        measured, remarks = identification_values(*sides, labels, resampling, fails_closed=closed)
        measured |= verification_values(histograms, resampling) | linkability_values(histograms)
        measured |= open_set_values(*sides, labels, resampling, fails_closed=closed)
        values |= {f"{protocol.name}_{name}": value for name, value in measured.items()}
        if protocol.name in OPERATING_PROTOCOLS:
            values |= operating_point(histograms, threshold, resampling)
        curves[protocol.name] = _similarities(histograms)
        turned = turned_note(histograms)
        notes += [f"{protocol.name}: {remark}" for remark in (*remarks, turned) if remark]
    return values, curves, notes, threshold


def _evaluate_pairs(
    pairs: Sequence[Fold], first: Embeddings, second: Embeddings, labels: AttackLabels
) -> PairsResult:
    sides = [np.where(side.ok[:, None], side.vectors, np.float32(np.nan)) for side in (first, second)]
    return evaluate_pairs(pairs, labels.face_ids, *sides)


def _similarities(histograms: ScoreHistograms) -> dict[str, Any]:
    genuine, impostor = histograms.coarse(CURVE_BINS)
    linked = measure_linkability(histograms, failures=False)
    local = {}
    if linked is not None:
        local = {"bin_edges": linked.edges.round(6).tolist(), "d": linked.local.round(6).tolist()}
    return {
        "axis": "cosine similarity",
        "unit": "pairs",
        "bin_edges": np.linspace(-1, 1, CURVE_BINS + 1).round(6).tolist(),
        "genuine": genuine.tolist(),
        "impostor": impostor.tolist(),
        "linkability": local,
    }


def _provenance(seed: int, replicates: int, threshold: ClearThreshold) -> dict[str, str | int | float | None]:
    return {
        "seed": seed,
        "replicates": replicates,
        "clear_threshold": threshold.score,
        "clear_threshold_far": CLEAR_FAR,
        "clear_threshold_source": f"clear pairs of {threshold.source}",
        "score_bins": BINS,
    }
