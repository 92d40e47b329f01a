"""A forecast as lines of text."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from bauta.io.sizes import human_bytes
from bauta.workflow.forecast.forecast import Machine, StageCost

HEADER = ("stage", "jobs", "images/s", "measured", "hours", "bytes")


def lines(stages: Sequence[StageCost], machine: Machine, images: int, width: int) -> Iterator[str]:
    """Describe what each stage costs.

    Args:
        stages: The result of `forecast`.
        machine: What the run is planned for.
        images: The images of each dataset.
        width: The longest line of a note.
    """
    gpus = f"{machine.gpus} GPU{'s' if machine.gpus != 1 else ''}" if machine.gpus else "no GPU"
    yield f"{images:,} images of each dataset on {gpus} and {machine.cores} cores"
    yield ""
    rows = [HEADER, *map(_row, stages), _total(stages)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(text.rjust(wide) for text, wide in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()
    yield ""
    notes: dict[str, list[str]] = {}
    for stage in stages:
        for note, jobs in stage.notes():
            notes.setdefault(note, []).append(jobs)
    for note, named in notes.items():
        yield from wrap(f"{note}: {', '.join(named)}", width, subsequent_indent="    ")


def _row(stage: StageCost) -> tuple[str, ...]:
    return (
        stage.stage,
        str(stage.jobs),
        "" if stage.rate is None else f"{stage.rate:.3g}",
        _measured(stage),
        _hours(stage.hours),
        "" if stage.size is None else human_bytes(round(stage.size)),
    )


def _measured(stage: StageCost) -> str:
    """Such as `12 jobs at 84 to 420`, in images."""
    if not stage.rates:
        return ""
    low, high = min(stage.sizes), max(stage.sizes)
    at = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{len(stage.rates)} job{'s' if len(stage.rates) != 1 else ''} at {at}"


def _total(stages: Sequence[StageCost]) -> tuple[str, ...]:
    """The sum of what is known: the stages one after another."""
    hours = [stage.hours for stage in stages if stage.hours is not None]
    sizes = [stage.size for stage in stages if stage.size is not None]
    return (
        "what is known",
        str(sum(stage.jobs for stage in stages)),
        "",
        "",
        _hours(sum(hours) if hours else None),
        human_bytes(round(sum(sizes))) if sizes else "",
    )


def _hours(hours: float | None) -> str:
    if hours is None:
        return ""
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.2g}" if hours < 1 else f"{hours:.1f}"
