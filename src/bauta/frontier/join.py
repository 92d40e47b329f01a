"""From the measurements of one anonymized set to one row of the frontier."""

from bauta.frontier.axes import Axis
from bauta.frontier.collection import Collection, clear_value, value_of
from bauta.frontier.result import SettingResult
from bauta.measurement import Value

PROTOCOLS = ("naive", "reverse", "parrot")

NOT_MEASURED: dict[str, str] = {
    "attack": "no recognizer attacked this set",
    "adapt": "the adaptive attacker is not part of this run",
    "expression": "no teacher read this set: no expression labels, or no teacher in the config",
    "realism": "realism is not part of this run",
    "coverage": "the coverage of this set was not measured",
    "audit": "the backend was not audited on this set",
}

BY_KIND: dict[str, dict[str, str]] = {
    "coverage": {
        name: name for name in ("n_images", "n_subjects", "coverage", "detected", "anonymized", "redetected")
    },
    "attack": {
        "chance_top1": "chance_top1",
        "top1": "naive_top1",
        "top1_covered": "naive_top1_covered",
        "naive_top5": "naive_top5",
        "auc": "naive_auc",
        "eer": "naive_eer",
        "tar_at_far_1e-2": "naive_tar_at_far_1e-2",
        "tar_at_far_1e-3": "naive_tar_at_far_1e-3",
        "reverse_top1": "reverse_top1",
        "parrot_top1": "parrot_top1",
        "cosine_distance": "cosine_distance",
        "pairs_accuracy": "pairs_accuracy",
        "tar_at_clear_threshold": "tar_at_clear_threshold",
        "far_at_clear_threshold": "far_at_clear_threshold",
    },
    "adapt": {name: name for name in ("adaptive_top1", "adaptive_top1_covered", "adaptive_clear_top1")},
    "expression": {
        "relative_macro_f1": "utility",
        **{
            name: name
            for name in (
                "clear_macro_f1",
                "macro_f1",
                "macro_f1_covered",
                "accuracy",
                "kappa",
                "kl",
                "js",
                "ece",
            )
        },
    },
    "realism": {name: name for name in ("ssim", "psnr", "lpips", "fid", "identical")},
    "audit": {name: name for name in ("leaks_pixels", "passed_difference")},
}
"""Kind of the measurement → column → name of the value."""


READERS = {
    "utility_reader_anonymized": "resnet18_anonymized",
    "utility_reader_both": "resnet18_both",
}
"""Column → teacher that has adapted to the set; its utility is relative to what is read on the originals."""

NO_READER = "this reader was not trained on the set"


def join_row(
    collection: Collection,
    place: tuple[str, str, str],
    *,
    recognizers: list[str],
    teachers: list[str],
    privacy: Axis,
    utility: Axis,
    identities: str | None = None,
) -> SettingResult:
    """One row of the frontier, before it is judged.

    Args:
        collection: All measurements.
        place: Dataset, backend and setting.
        recognizers: The first gives the columns without a name; `worst_top1` ranges over all.
        teachers: The first gives the expression columns.
        privacy: Axis behind `privacy`.
        utility: Axis behind `utility`.
        identities: Why the dataset has no identities, None where it has them.
    """
    nobody = {} if identities is None else {"attack": identities, "adapt": identities}
    absent = NOT_MEASURED | nobody
    models = {"attack": recognizers, "adapt": recognizers, "expression": teachers}
    values: dict[str, Value] = {}
    for kind, columns in BY_KIND.items():
        first = next(iter(models.get(kind, [])), None)
        measurement = collection.get(kind, *place, first)
        for column, name in columns.items():
            values[column] = value_of(measurement, name, absent[kind])
    for column, reader in READERS.items():
        values[column] = value_of(collection.get("expression", *place, reader), "utility", NO_READER)
    for name in ("clear_top1", "clear_auc", "clear_pairs_accuracy"):
        clear = clear_value(collection, place[0], next(iter(recognizers), None), name)
        values[name] = clear if identities is None else Value.missing(identities)
    worst, attacker = worst_attacker(collection, place, recognizers)
    values["worst_top1"] = worst if identities is None else Value.missing(identities)
    values["privacy"] = privacy.scale(values[privacy.column], values["chance_top1"])
    values["utility"] = _utility(values, utility)
    return SettingResult(
        dataset=place[0], backend=place[1], setting=place[2], values=values, worst_attacker=attacker
    )


def attackers(
    collection: Collection, place: tuple[str, str, str], recognizers: list[str]
) -> dict[str, Value]:
    """Top-1 of each attacker, by `protocol/recognizer`; failures count as leaks."""
    found = {}
    for protocol in (*PROTOCOLS, "adaptive"):
        kind = "adapt" if protocol == "adaptive" else "attack"
        for recognizer in recognizers:
            measurement = collection.get(kind, *place, recognizer)
            found[f"{protocol}/{recognizer}"] = value_of(measurement, f"{protocol}_top1", NOT_MEASURED[kind])
    return found


def worst_attacker(
    collection: Collection, place: tuple[str, str, str], recognizers: list[str]
) -> tuple[Value, str | None]:
    """The highest top-1 over all recognizers and protocols, and whose it is; the first one on a tie."""
    measured = {
        name: value
        for name, value in attackers(collection, place, recognizers).items()
        if value.value is not None
    }
    if not measured:
        return Value.missing("no attacker was scored on this set"), None
    name = max(measured, key=lambda name: measured[name].value or 0.0)
    return measured[name], name


def _utility(values: dict[str, Value], axis: Axis) -> Value:
    """The utility; Cohen's κ where macro-F1 was asked for and the dataset has no labels."""
    unlabelled = values["clear_macro_f1"].value is None and values["kappa"].value is not None
    if axis.column == "relative_macro_f1" and unlabelled:
        axis = Axis("kappa", worst=0.0, best=1.0)
    return axis.scale(values[axis.column], values["chance_top1"])
