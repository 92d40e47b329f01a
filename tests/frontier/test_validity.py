"""The checklist of whether a run supports its numbers."""

from frontier_samples import CONFIG

from bauta.frontier.assemble import assemble
from bauta.frontier.page.validity import checklist
from bauta.measurement import Value


def test_many_settings_that_lack_faces_are_the_worst_few_and_a_number(measured):
    frontier = assemble(measured, CONFIG, {})
    found = next(one for one in frontier.datasets if len(one.rows) > 5)
    shares = [0.9 + 0.01 * place for place in range(len(found.rows))]
    rows = tuple(
        row.model_copy(update={"values": {**row.values, "coverage": Value(value=share)}})
        for row, share in zip(found.rows, reversed(shares), strict=True)
    )
    changed = found.model_copy(update={"rows": rows})
    (point,) = [
        one for one in checklist(changed, frontier.controls) if one.what == "Every face has an output"
    ]
    worst = [f"{row.label} {share:.3f}" for row, share in zip(rows[::-1], shares, strict=True)]
    below = sum(share < 1 for share in shares)
    assert point.state == "doubt"
    assert point.told.startswith(", ".join(worst[:4]) + f" and {below - 4} more; a face")
