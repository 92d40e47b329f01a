"""`frontier.csv`: one row a dataset × backend × setting, one schema, checked when written and when read."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bauta.errors import DataError
from bauta.files import write_text
from bauta.frontier.result import Frontier, SettingResult

Cell = BeforeValidator(lambda cell: None if cell == "" else cell)
Count = Annotated[Annotated[int, Field(ge=0)] | None, Cell]
Share = Annotated[Annotated[float, Field(ge=0, le=1)] | None, Cell]
Signed = Annotated[Annotated[float, Field(ge=-1, le=1)] | None, Cell]
Distance = Annotated[Annotated[float, Field(ge=0, le=2)] | None, Cell]
Amount = Annotated[Annotated[float, Field(ge=0, allow_inf_nan=False)] | None, Cell]
Text = Annotated[str | None, Cell]

INTERVALS = {
    f"{column}_{end}": (column, end)
    for column in ("top1", "worst_top1", "privacy", "utility")
    for end in ("lo", "hi")
}


class FrontierRow(BaseModel):
    """The columns of the table, in order, with their types and ranges; None is an empty cell.

    `top1`, `auc`, `eer`, `tar_at_far_*` and `naive_top5` are of the protocol naive and the first recognizer,
    the expression columns of the first teacher. `reasons` says why cells are empty. `clear_pairs_accuracy`
    and `pairs_accuracy` are of LFW's ten folds. `leaks_pixels` and `passed_difference` are the audit's,
    `utility_reader_*` the utility for teachers that have adapted to the set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    dataset: str = Field(min_length=1)
    backend: str = Field(min_length=1)
    setting: str
    n_images: Count
    n_subjects: Count
    coverage: Share
    chance_top1: Share
    clear_top1: Share
    top1: Share
    top1_lo: Share
    top1_hi: Share
    auc: Share
    eer: Share
    tar_at_far_1e_2: Share = Field(alias="tar_at_far_1e-2")
    tar_at_far_1e_3: Share = Field(alias="tar_at_far_1e-3")
    reverse_top1: Share
    parrot_top1: Share
    adaptive_top1: Share
    worst_top1: Share
    worst_attacker: Text
    cosine_distance: Distance
    clear_macro_f1: Share
    macro_f1: Share
    accuracy: Share
    kappa: Signed
    kl: Amount
    ece: Share
    ssim: Signed
    psnr: Amount
    lpips: Amount
    fid: Amount
    privacy: Share
    utility: Share
    pareto: bool
    knee: bool
    valid: bool
    note: Text
    worst_top1_lo: Share
    worst_top1_hi: Share
    privacy_lo: Share
    privacy_hi: Share
    utility_lo: Share
    utility_hi: Share
    detected: Share
    anonymized: Share
    redetected: Share
    identical: Count
    top1_covered: Share
    adaptive_top1_covered: Share
    adaptive_clear_top1: Share
    naive_top5: Share
    clear_auc: Share
    tar_at_clear_threshold: Share
    far_at_clear_threshold: Share
    relative_macro_f1: Share
    macro_f1_covered: Share
    js: Share
    reasons: Text
    clear_pairs_accuracy: Share
    pairs_accuracy: Share
    leaks_pixels: Share
    passed_difference: Amount
    utility_reader_anonymized: Share
    utility_reader_both: Share

    @model_validator(mode="after")
    def _check(self) -> Self:
        for column in ("top1", "worst_top1", "privacy", "utility"):
            low, high = getattr(self, f"{column}_lo"), getattr(self, f"{column}_hi")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{column}_lo {low} is above {column}_hi {high}")
        attacks = [self.top1, self.reverse_top1, self.parrot_top1, self.adaptive_top1]
        strongest = max((value for value in attacks if value is not None), default=None)
        if strongest is not None and (self.worst_top1 is None or self.worst_top1 < strongest):
            raise ValueError(f"worst_top1 {self.worst_top1} is below the strongest attacker's {strongest}")
        if (self.worst_top1 is None) != (self.worst_attacker is None):
            raise ValueError("worst_top1 and worst_attacker are given together or not at all")
        if (self.pareto and not self.valid) or (self.knee and not self.pareto):
            raise ValueError("the knee is a member of the Pareto set, and its members are valid")
        return self


COLUMNS: tuple[str, ...] = tuple(field.alias or name for name, field in FrontierRow.model_fields.items())


def to_row(result: SettingResult) -> FrontierRow:
    """A row of the table."""
    values = result.values
    cells: dict[str, Any] = {column: values[column].value for column in COLUMNS if column in values}
    for column, (source, end) in INTERVALS.items():
        cells[column] = values[source].low if end == "lo" else values[source].high
    return FrontierRow(
        **cells,
        **result.model_dump(
            include={"dataset", "backend", "setting", "worst_attacker", "pareto", "knee", "valid"}
        ),
        note="; ".join(result.notes) or None,
        reasons=_reasons(result),
    )


def write_table(frontier: Frontier, path: Path | str) -> None:
    """Write the table as CSV: empty cells for nulls, `true` and `false`, six significant digits.

    Raises:
        DataError: a value is out of its column's range.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for dataset in frontier.datasets:
        for result in dataset.rows:
            try:
                row = to_row(result)
            except ValidationError as error:
                raise DataError(f"frontier row {result.dataset} {result.label}: {_first(error)}") from error
            writer.writerow(_cell(value) for value in row.model_dump(by_alias=True).values())
    write_text(path, text.getvalue())


def read_table(path: Path | str) -> list[FrontierRow]:
    """Read and check a table.

    Raises:
        DataError: other columns than expected, a row of another length, a value out of its column's range, or
            two rows of the same setting.
    """
    path = Path(path)
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = list(csv.reader(file)) or [[]]
    if tuple(header) != COLUMNS:
        wrong = [name for name in COLUMNS if name not in header] or [
            name for name in header if name not in COLUMNS
        ]
        raise DataError(
            f"{path}: expected the columns {', '.join(COLUMNS)}, got others or another order {wrong}"
        )
    rows = [_read_row(path, number, line) for number, line in enumerate(lines, start=2)]
    places = [(row.dataset, row.backend, row.setting) for row in rows]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice:
        raise DataError(f"{path}: expected one row a setting, got two of {'/'.join(twice)}")
    return rows


def _read_row(path: Path, number: int, line: Sequence[str]) -> FrontierRow:
    if len(line) != len(COLUMNS):
        raise DataError(f"{path}, line {number}: expected {len(COLUMNS)} cells, got {len(line)}")
    try:
        return FrontierRow.model_validate(dict(zip(COLUMNS, line, strict=True)))
    except ValidationError as error:
        raise DataError(f"{path}, line {number}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}, got {first['input']!r}" if where else message


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _reasons(result: SettingResult) -> str | None:
    """Why cells are empty, one clause a reason: `psnr, fid: not part of this run`."""
    columns: dict[str, list[str]] = {}
    for column in COLUMNS:
        if column in result.values and result.values[column].value is None:
            columns.setdefault(result.values[column].reason or "", []).append(column)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in columns.items()) or None
