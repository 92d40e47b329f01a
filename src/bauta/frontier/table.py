"""The rows of the frontier as a DataFrame, `frontier.csv` with its schema, and `scores.json`."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from bauta.errors import DataError
from bauta.frontier.result import Frontier, SettingResult
from bauta.io.atomic import write_text
from bauta.measurement import range_of
from bauta.metrics.axes import VERIFICATION_AXES

NAMES = """
    dataset backend setting n_images n_subjects coverage chance_top1 clear_top1 top1 top1_lo top1_hi auc eer
    tar_at_far_1e-2 tar_at_far_1e-3 reverse_top1 parrot_top1 adaptive_top1 worst_top1 worst_attacker
    cosine_distance clear_macro_f1 macro_f1 accuracy kappa kl ece ssim psnr lpips fid privacy utility pareto
    knee valid note worst_top1_lo worst_top1_hi privacy_lo privacy_hi utility_lo utility_hi detected
    anonymized redetected identical top1_covered adaptive_top1_covered adaptive_clear_top1 naive_top5
    clear_auc tar_at_clear_threshold far_at_clear_threshold relative_macro_f1 macro_f1_covered js reasons
    clear_pairs_accuracy pairs_accuracy leaks_pixels passed_difference utility_reader_anonymized
    utility_reader_both worst_top1_pooled worst_top1_pooled_lo worst_top1_pooled_hi max_top1 max_top1_lo
    max_top1_hi max_top1_pooled recovery_gap exposed_people link_top1
    sees pareto_share knee_share leaks_labels worst_auc worst_auc_lo worst_auc_hi worst_eer worst_eer_lo
    worst_eer_hi worst_tar_at_far_1e-2 worst_tar_at_far_1e-2_lo worst_tar_at_far_1e-2_hi
    worst_tar_at_far_1e-3 worst_tar_at_far_1e-3_lo worst_tar_at_far_1e-3_hi
    attributes_kept attributes_kept_lo attributes_kept_hi group_gap
    group_gap_lo group_gap_hi utility_least utility_greatest judges partial n_outputs bound_top1
    bound_top1_pooled preserved preserved_lo preserved_hi
    found_before found_after pose_error landmark_nme gaze_error eye_opening_error mouth_opening_error
    blendshape_error valence_error arousal_error action_unit_error
    pose_kept pose_kept_lo pose_kept_hi landmarks_kept landmarks_kept_lo landmarks_kept_hi
    gaze_kept gaze_kept_lo gaze_kept_hi eye_opening_kept eye_opening_kept_lo eye_opening_kept_hi
    mouth_opening_kept mouth_opening_kept_lo mouth_opening_kept_hi
    blendshapes_kept blendshapes_kept_lo blendshapes_kept_hi
    valence_kept valence_kept_lo valence_kept_hi arousal_kept arousal_kept_lo arousal_kept_hi
    action_units_kept action_units_kept_lo action_units_kept_hi
    eye_opening_correlation mouth_opening_correlation blendshape_correlation valence_ccc arousal_ccc
    action_unit_correlation
"""
COLUMNS = NAMES.split()
"""The columns of the table, in order; an empty cell is a null. `docs/columns.md` describes each."""

OWN = ["dataset", "backend", "setting", "worst_attacker", "pareto", "knee", "valid", "label", "is_control"]
OWN += ["is_candidate"]
TEXTS = ["dataset", "backend", "setting", "worst_attacker", "note", "reasons", "sees", "judges", "partial"]
FLAGS = ["pareto", "knee", "valid"]
COUNTS = ["n_images", "n_subjects", "identical", "n_outputs"]
ENDS = {"": "value", "_lo": "low", "_hi": "high"}
SCORES = ["privacy", "utility", "worst_top1", "coverage"]

FORMULA = r"^'*\s*[=+\-@\t\n]"
"""Start of cells that a spreadsheet would evaluate, or of cells that have already been quoted."""


def settings_frame(rows: Iterable[SettingResult]) -> pd.DataFrame:
    """Tabulate settings, one per row: `COLUMNS`, and `{name}`, `{name}_lo`, `{name}_hi` as float64.

    `{recognizer}/{name}` are the numbers of each recognizer, in the form of the measurements' names.
    A missing number is NaN and a missing text None. The columns `label` and `is_control` are those of the
    `SettingResult`.
    """
    numbers, others = [], []
    for row in rows:
        of_all = {f"{who}/{name}": own[name] for who, own in row.by_recognizer.items() for name in own}
        values = {**row.values, **of_all}.items()
        ends = ((name, value, end) for name, value in values for end in ENDS.items())
        numbers.append({name + ending: getattr(value, end) for name, value, (ending, end) in ends})
        told: dict[str, str | None] = {"note": "; ".join(row.notes) or None, "reasons": _reasons(row)}
        told |= {name: ", ".join(getattr(row, name)) or None for name in ("sees", "judges", "partial")}
        others.append({name: getattr(row, name) for name in OWN} | told)
    return pd.concat([pd.DataFrame(numbers, dtype="float64"), pd.DataFrame(others)], axis=1)


def write_table(frontier: Frontier, path: Path | str) -> None:
    """Write the table as CSV: empty cells for nulls, `true` and `false`, six significant digits.

    A text that a spreadsheet would interpret as a formula is prefixed with a quote.

    Raises:
        DataError: a value is out of its column's range, or two columns contradict each other.
    """
    frame = settings_frame(row for dataset in frontier.datasets for row in dataset.rows)
    check_table(frame)
    cells = frame[COLUMNS].astype(dict.fromkeys(COUNTS, "Int64"))
    texts = frame[TEXTS].replace("\r", " ", regex=True)  # some programs would end the row there
    cells[TEXTS] = texts.replace(FORMULA, r"'\g<0>", regex=True)
    cells[FLAGS] = frame[FLAGS].replace({True: "true", False: "false"})
    write_text(path, cells.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def check_table(frame: pd.DataFrame) -> None:
    """Check rows of `settings_frame` against the schema of the table.

    Raises:
        DataError: a number is out of its column's range, or two columns contradict each other.
    """
    wrong = {}
    for name in COLUMNS:
        if name in TEXTS or name in FLAGS:
            continue
        numbers, column = frame[name], name.removesuffix("_lo").removesuffix("_hi")
        low, high = range_of(column)
        unfit = numbers.notna() & ~(numbers.between(low, high) & np.isfinite(numbers))
        wrong[f"{name}: expected a number from {low:g} to {high:g}, got {{0[{name}]}}"] = unfit
        if name in COUNTS:
            wrong[f"{name}: expected a count, got {{0[{name}]}}"] = numbers.notna() & (numbers % 1 != 0)
        if name.endswith("_hi"):
            wrong[f"{column}_lo is above {name} {{0[{name}]}}"] = frame[f"{column}_lo"] > numbers
    for name, axis in VERIFICATION_AXES.items():
        first, worst = ((frame[column] - axis.worst).abs() for column in (name.removeprefix("worst_"), name))
        favours = f"{name} {{0[{name}]}} favours the attacker less than the first recognizer's"
        wrong[favours] = first.notna() & ~(worst <= first)
    strongest = frame[["top1", "reverse_top1", "parrot_top1", "adaptive_top1"]].max(axis=1)
    below = strongest.notna() & frame["max_top1"].isna() & ~(frame["worst_top1"] >= strongest)
    apart = frame["worst_top1"].isna() != frame["worst_attacker"].isna()
    chosen = (frame["pareto"] & ~frame["is_candidate"]) | (frame["knee"] & ~frame["pareto"])
    wrong |= {
        "worst_top1 {0[worst_top1]} is below the strongest attacker's": below,
        "worst_top1 and worst_attacker are given together or not at all": apart,
        "the knee is a member of the Pareto set, and its members are valid and saw no labels": chosen,
        "expected one row a setting, got two": frame.duplicated(["dataset", "backend", "setting"]),
    }
    for problem, rows in wrong.items():
        for _, row in frame[rows].iterrows():
            raise DataError(f"frontier row {row['dataset']} {row['label']}: {problem.format(row)}")


def headline_scores(frontier: Frontier) -> dict[str, dict[str, object]]:
    """Return for each dataset its hypervolume and, by anonymizer and setting, the values of `SCORES`.

    `metrics.json` has lists, which DVC does not compare. Values that the data do not support are omitted,
    because DVC omits nulls.
    """
    found: dict[str, dict[str, object]] = {}
    for dataset in frontier.datasets:
        scores = settings_frame(dataset.rows).set_index("label")[SCORES].dropna(how="all")
        found[dataset.dataset] = {str(label): row.dropna().to_dict() for label, row in scores.iterrows()}
        if dataset.hypervolume.value is not None:
            found[dataset.dataset]["hypervolume"] = dataset.hypervolume.value
    return found


def write_scores(frontier: Frontier, path: Path | str) -> None:
    """Write `scores.json`, the few numbers that `dvc metrics diff` compares between two runs."""
    text = json.dumps(headline_scores(frontier), indent=1, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def _reasons(row: SettingResult) -> str | None:
    """Why cells are empty, one clause per reason: `psnr, fid: not part of this run`."""
    columns: dict[str, list[str]] = {}
    for column in COLUMNS:
        if column in row.values and row.values[column].value is None:
            columns.setdefault(row.values[column].reason or "", []).append(column)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in columns.items()) or None
