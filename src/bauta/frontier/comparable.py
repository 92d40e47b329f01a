"""Whether the rows of a dataset may stand beside each other: same probes, different outputs."""

import json

from bauta.errors import DataError
from bauta.frontier.collection import Collection
from bauta.frontier.result import SettingResult
from bauta.measurement import Measurement


def note_identical_outputs(rows: list[SettingResult], collection: Collection) -> list[SettingResult]:
    """Note settings of one backend that gave the same outputs (trap 20: an option without effect).

    Outputs are compared by the hash in a measurement's provenance (`outputs_sha256`); without it, by all
    measured values.
    """
    twins: dict[tuple[str, str], list[SettingResult]] = {}
    for row in rows:
        measured = collection.of_set(row.dataset, row.backend, row.setting)
        twins.setdefault((row.backend, _outputs(measured)), []).append(row)
    noted = []
    for row in rows:
        measured = collection.of_set(row.dataset, row.backend, row.setting)
        others = [twin.setting for twin in twins[row.backend, _outputs(measured)] if twin is not row]
        extra = (f"same outputs as {', '.join(others)}: the setting has no effect",) if others else ()
        noted.append(row.model_copy(update={"notes": row.notes + extra}))
    return noted


def _outputs(measured: list[Measurement]) -> str:
    hashes = {
        str(one.provenance["outputs_sha256"]) for one in measured if one.provenance.get("outputs_sha256")
    }
    if hashes:
        return " ".join(sorted(hashes))
    return json.dumps(
        [
            (one.kind, one.model, {name: value.model_dump() for name, value in sorted(one.values.items())})
            for one in measured
        ]
    )


def check_same_probes(rows: list[SettingResult], collection: Collection) -> None:
    """All settings of a dataset must be scored on the same probes (trap 24).

    Raises:
        DataError: the number of images or subjects, or the split, differs between two settings.
    """
    for row in rows[1:]:
        for column in ("n_images", "n_subjects"):
            _same(column, rows[0], row, rows[0].values[column].value, row.values[column].value)
        _same("split", rows[0], row, _splits(rows[0], collection), _splits(row, collection))


def _same(what: str, first: SettingResult, other: SettingResult, expected: object, got: object) -> None:
    if expected != got:
        raise DataError(
            f"{first.dataset}: expected one probe set, got {what} {expected} for {first.label} and {got} for "
            f"{other.label}; remove the stale measurements and run again"
        )


def _splits(row: SettingResult, collection: Collection) -> list[str]:
    measured = collection.of_set(row.dataset, row.backend, row.setting)
    return sorted(
        {str(one.provenance["split_sha256"]) for one in measured if "split_sha256" in one.provenance}
    )
