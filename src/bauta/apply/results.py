"""What a run of `bauta apply` did to every file, and the sentence that says it."""

from collections import Counter
from dataclasses import dataclass, field

from bauta.apply.evidence import Compared
from bauta.apply.rows import RELEASED, Row


@dataclass
class Results:
    """The rows of every file, in the order of the inputs."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def all_rows(self) -> list[Row]:
        """The rows of all files."""
        return [row for own in self.rows.values() for row in own]

    @property
    def all_processed(self) -> bool:
        """Whether every file is released, with every face changed, none recognized and all compared."""
        return all(
            row.status == RELEASED and not row.matches and row.compared != Compared.NO
            for row in self.all_rows()
        )

    def sentence(self) -> str:
        """The counts of files and faces in one sentence."""
        rows = self.all_rows()
        files = Counter(own[0].status for own in self.rows.values())
        faces = Counter(row.outcome for row in rows if row.face is not None)
        told = [f"{sum(files.values())} files ({_counts(files)})", f"{sum(faces.values())} faces"]
        if faces:
            told[1] += f" ({_counts(faces)})"
        if matches := sum(bool(row.matches) for row in rows):
            told.append(f"{matches} still recognized")
        compared = Counter(row.compared for row in rows)
        if unknown := compared[Compared.NO]:
            told.append(f"{unknown} could not be compared")
        if empty := compared[Compared.NOTHING_LEFT]:
            told.append(f"{empty} with nothing left to compare")
        return ", ".join(told)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))
