"""`bauta deca`: parameters of FLAME by a user's DECA, before against after."""

import csv
import io
import re
from pathlib import Path

from bauta.errors import ConfigError, DataError
from bauta.preserve.deca import codes_of, read_faces
from bauta.preserve.measure import measure_preservation


def compare_codes(before: Path, after: Path, *, person: str | None = None, seed: int = 0) -> str:
    """Compare the parameters of the faces of two folders.

    Args:
        before: Folder of the files of the originals.
        after: Folder of those of the anonymized faces; a face without a file was not found.
        person: Regular expression that matches the person at the start of a face's name.
        seed: Seed of the bootstrap.

    Returns:
        A CSV with the columns `name`, `value`, `low`, `high`, `n`, `reason`.

    Raises:
        ConfigError: the expression is none, or does not match a name.
        DataError: a file is not DECA's, or an anonymized face has no original.
    """
    originals, anonymized = codes_of(before), codes_of(after)
    if strangers := sorted(anonymized.keys() - originals.keys()):
        raise DataError(
            f"{after}: '{strangers[0]}' has no original in {before} ({len(strangers)} such faces in all); "
            "give both the same names"
        )
    names = sorted(originals)
    measured = measure_preservation(
        read_faces(originals, names),
        read_faces(anonymized, names),
        names,
        [None] * len(names) if person is None else _people(names, person),
        dataset=str(before),
        backend=str(after),
        setting="",
        model="deca",
        seed=seed,
    )
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["name", "value", "low", "high", "n", "reason"])
    for name, value in measured.values.items():
        ends = (value.value, value.low, value.high)
        numbers = ["" if number is None else f"{number:.6g}" for number in ends]
        table.writerow([name, *numbers, value.n, value.reason or ""])
    return text.getvalue()


def _people(names: list[str], person: str) -> list[str | None]:
    try:
        pattern = re.compile(person)
    except re.error as error:
        raise ConfigError(f"--person: '{person}' is no regular expression: {error}") from None
    found = [pattern.match(name) for name in names]
    if None in found:
        raise ConfigError(f"--person: '{person}' does not match the start of '{names[found.index(None)]}'")
    return [one[0] for one in found if one is not None]
