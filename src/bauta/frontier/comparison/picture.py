"""The frontiers of both runs in one picture, as shapes that the page draws as SVG.

The browser draws them rather than Matplotlib, so that the picture follows the reader's dark mode, stays sharp
in print, and says what a point is when the pointer is over it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from bauta.frontier.comparison.differences import DatasetComparison, SettingComparison
from bauta.frontier.result import DatasetFrontier, SettingResult

WIDTH, HEIGHT = 440.0, 400.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 14.0, 12.0, 44.0
LOW, HIGH = -0.04, 1.04
"""Range of both axes."""
RADIUS = 4.6
SERIES = 9
"""Number of colours of the page; the control has its own."""
HEAD = 6.0
"""Length of an arrow's head."""
SHORTEST = 2 * RADIUS + HEAD
"""Shortest distance of two points with an arrow between them."""
LETTER = 7.2, 11.0
"""Width and height of a digit."""
AROUND = ((1, 0), (0, -1), (-1, 0), (0, 1), (1, -1), (-1, -1), (-1, 1), (1, 1))

Spot = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """A setting in one run, in the units of the picture.

    Attributes:
        run: `A` or `B`.
        series: Number of its colour; None for a control.
        title: What it is, in words and numbers.
        bars: Ends `(x1, y1, x2, y2)` of its intervals.
    """

    x: float
    y: float
    run: str
    series: int | None
    title: str
    bars: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Arrow:
    """From a setting in A to the same in B: a line, and the corners of its head as a text."""

    x1: float
    y1: float
    x2: float
    y2: float
    head: str
    series: int | None


@dataclass(frozen=True)
class Number:
    """The number of a setting, with which the table begins; `x` is its middle, `y` its base line."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Picture:
    """All shapes of one dataset.

    Attributes:
        outlines: Run → the outline of what its Pareto set dominates, as the corners of a line.
        legend: Backend → number of its colour; None for a control.
        ticks: Values of the axes' ticks, with their places along x and along y.
        unlabelled: How many settings have no room for their number.
    """

    points: tuple[Point, ...]
    arrows: tuple[Arrow, ...]
    numbers: tuple[Number, ...]
    outlines: dict[str, str]
    legend: dict[str, int | None]
    ticks: tuple[tuple[str, float, float], ...]
    unlabelled: int

    @property
    def size(self) -> Spot:
        """Width and height."""
        return WIDTH, HEIGHT

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the axes."""
        return LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM


def draw(comparison: DatasetComparison, names: dict[str, str]) -> Picture | None:
    """Draw a dataset; None if no setting has both a privacy and a utility in either run.

    Args:
        comparison: The dataset.
        names: Label of each setting → its number.
    """
    shown = [
        (one, {name: row for name, row in (("A", one.a), ("B", one.b)) if row is not None and _placed(row)})
        for one in comparison.settings
    ]
    shown = [(one, rows) for one, rows in shown if rows]
    if not shown:
        return None
    series = _series([one.row for one, _ in shown])
    points: list[Point] = []
    arrows: list[Arrow] = []
    for one, rows in shown:
        colour = series[one.row.backend]
        points += [_point(name, row, colour) for name, row in rows.items()]
        if len(rows) == 2 and one.differences["privacy"].comparable and one.differences["utility"].comparable:
            arrows += _arrow(_spot(rows["A"]), _spot(rows["B"]), colour)
    numbers = list(_numbers([(one, _spot(rows.get("B") or rows["A"])) for one, rows in shown], points, names))
    values = [step / 5 for step in range(6)]
    return Picture(
        points=tuple(points),
        arrows=tuple(arrows),
        numbers=tuple(numbers),
        outlines={
            name: line
            for name, found in (("A", comparison.a), ("B", comparison.b))
            if (line := _outline(found))
        },
        legend=series,
        ticks=tuple((f"{value:g}", _x(value), _y(value)) for value in values),
        unlabelled=len(shown) - len(numbers),
    )


def _placed(row: SettingResult) -> bool:
    return row.infeasible is None and row.known("privacy", "utility")


def _series(rows: Sequence[SettingResult]) -> dict[str, int | None]:
    backends = dict.fromkeys(row.backend for row in rows if not row.is_control)
    found: dict[str, int | None] = {name: index % SERIES for index, name in enumerate(backends)}
    return found | {row.backend: None for row in rows if row.is_control}


def _x(privacy: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (privacy - LOW) / (HIGH - LOW)


def _y(utility: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (HIGH - utility) / (HIGH - LOW)


def _spot(row: SettingResult) -> Spot:
    return _x(row.values["privacy"].value or 0.0), _y(row.values["utility"].value or 0.0)


def _point(name: str, row: SettingResult, series: int | None) -> Point:
    x, y = _spot(row)
    privacy, utility = row.values["privacy"], row.values["utility"]
    bars = []
    if privacy.low is not None and privacy.high is not None:
        bars.append((_x(privacy.low), y, _x(privacy.high), y))
    if utility.low is not None and utility.high is not None:
        bars.append((x, _y(utility.low), x, _y(utility.high)))
    title = f"{row.label} in {name}: privacy {privacy.value:.3f}, utility {utility.value:.3f}"
    return Point(x, y, name, series, title, tuple(bars))


def _arrow(start: Spot, end: Spot, series: int | None) -> Iterator[Arrow]:
    """The arrow between the rims of two points, if they are far enough apart."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    if length < SHORTEST:
        return
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    tip = (end[0] - RADIUS * along[0], end[1] - RADIUS * along[1])
    base = (tip[0] - HEAD * along[0], tip[1] - HEAD * along[1])
    side = (-along[1] * HEAD / 2, along[0] * HEAD / 2)
    corners = (tip, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1]))
    first = (start[0] + RADIUS * along[0], start[1] + RADIUS * along[1])
    yield Arrow(*first, *base, " ".join(f"{x:.1f},{y:.1f}" for x, y in corners), series)


def _outline(found: DatasetFrontier) -> str:
    """The outline of the region that a Pareto set dominates."""
    corners: list[Spot] = []
    left = 0.0
    for row in found.pareto:
        privacy, utility = row.values["privacy"].value or 0.0, row.values["utility"].value or 0.0
        corners += [(left, utility), (privacy, utility)]
        left = privacy
    if corners:
        corners.append((left, 0.0))
    return " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in corners)


def _numbers(
    spots: Sequence[tuple[SettingComparison, Spot]], points: Sequence[Point], names: dict[str, str]
) -> Iterator[Number]:
    """Number as many settings as have room beside their points."""
    taken = [(p.x - RADIUS, p.y - RADIUS, p.x + RADIUS, p.y + RADIUS) for p in points]
    for one, (x, y) in spots:
        text = names[one.row.label]
        width, height = LETTER[0] * len(text), LETTER[1]
        for right, down in AROUND:
            middle = x + right * (RADIUS + 2 + width / 2)
            base = y + down * (RADIUS + 2 + height / 2) + height / 2 - 1
            box = (middle - width / 2, base - height + 1, middle + width / 2, base + 1)
            if _inside(box) and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield Number(middle, base, text)
                break


def _inside(box: tuple[float, ...]) -> bool:
    return box[0] > LEFT and box[1] > TOP and box[2] < WIDTH - RIGHT and box[3] < HEIGHT - BOTTOM


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
