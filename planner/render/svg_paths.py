"""The `d` attribute of the lines of a drawing."""

from collections.abc import Iterable

Point = tuple[float, float]

_CORNER = 8.0


def number(value: float) -> str:
    """A coordinate with at most one digit after the point."""
    return f"{value:.1f}".removesuffix(".0")


def _pair(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def curve(points: Iterable[Point], *, upright: bool) -> str:
    """Bends between the 1st and 2nd, the 3rd and 4th … point; straight lines in between.

    The bends leave and arrive level, or upright.
    """
    path = ""
    ends = iter(points)
    for (x1, y1), (x2, y2) in zip(ends, ends, strict=True):
        path += f"{'L' if path else 'M'}{_pair(x1, y1)}"
        if (x1 == x2) if upright else (y1 == y2):
            path += f"L{_pair(x2, y2)}"
        elif upright:
            middle = (y1 + y2) / 2
            path += f"C{_pair(x1, middle)} {_pair(x2, middle)} {_pair(x2, y2)}"
        else:
            middle = (x1 + x2) / 2
            path += f"C{_pair(middle, y1)} {_pair(middle, y2)} {_pair(x2, y2)}"
    return path


def wire(points: tuple[Point, ...]) -> str:
    """A line through `points` with rounded corners."""
    path = f"M{_pair(*points[0])}"
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        path += f"L{_pair(*_toward(at, before))}Q{_pair(*at)} {_pair(*_toward(at, after))}"
    return path + f"L{_pair(*points[-1])}"


def loop(corner: Point) -> str:
    """A small loop on top of a box, near its upper right corner."""
    return f"M{_pair(corner[0] - 26, corner[1])}c-4 -22 24 -22 20 -1"


def _toward(start: Point, end: Point) -> Point:
    """Where the rounding of the corner `start` meets the side that leads to `end`."""
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = min(_CORNER, length / 2) / length if length else 0.0
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
