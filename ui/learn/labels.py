"""Where the names of points in a figure stand, so that none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDE, NARROW, HIGH = 900, 230, 430  # pixels of the figure's plane: on a desk, on a phone, and upwards on both
EDGE = 10  # pixels between the outermost points and the plane's edge
LINE = 15  # pixels of a name's height, with some air
SIDES = {"top center": (0, 1), "bottom center": (0, -1), "middle right": (1, 0), "middle left": (-1, 0)}
Box = tuple[float, float, float, float]  # left, bottom, right, top


class Label(NamedTuple):
    """A name, its point's place in the figure, and the pixels of one of its letters."""

    text: str
    x: float
    y: float
    letter: float


def placed(labels: Sequence[Label], spots: Sequence[tuple[float, float]], kept: int) -> list[str]:
    """Plotly's ``textposition`` of every label, in turn; "" where there is room on no side.

    Parameters
    ----------
    spots : sequence of (float, float)
        Other points that no name shall cover.
    kept : int
        How many of the first labels are shown whatever they cover; these keep clear of one another on a phone, too.

    Notes
    -----
    Greedy: each takes the first side that is free of earlier names and of all points; the kept ones the
    least bad side. Cost ``O(n²)``.
    """
    points = [(label.x, label.y) for label in labels] + [*spots]
    if not points:
        return []
    ends = [(min(axis), max(axis)) for axis in zip(*points, strict=True)]
    found: list[str] = []
    for k, label in enumerate(labels):
        planes = [_plane(width, ends) for width in ((WIDE, NARROW) if k < kept else (WIDE,))]
        clear = {side: [_clear(label, side, p, labels, found, points, ends) for p in planes] for side in SIDES}
        best = max(SIDES, key=lambda side: (min(clear[side]), sum(clear[side])))  # the first of the best
        found.append(best if k < kept or all(level == 2 for level in clear[best]) else "")
    return found


def _plane(width: float, ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Pixels of one unit, across and upwards."""
    (left, right), (bottom, top) = ends
    return width / (right - left or 1.0), HIGH / (top - bottom or 1.0)


def _clear(
    label: Label,
    side: str,
    scale: tuple[float, float],
    labels: Sequence[Label],
    found: Sequence[str],
    points: Sequence[tuple[float, float]],
    ends: Sequence[tuple[float, float]],
) -> int:
    """2 where the name covers nothing, 1 where it covers a point, 0 where it covers a name or leaves the plane."""
    box, (low, high) = _box(label, side, scale), ends[0]
    if box[0] < low * scale[0] - EDGE or box[2] > high * scale[0] + EDGE:
        return 0
    others = (_box(other, at, scale) for other, at in zip(labels, found, strict=False) if at)
    if any(_meet(box, other) for other in others):
        return 0
    dots = ((x * scale[0], y * scale[1]) for x, y in points if (x, y) != (label.x, label.y))
    return 1 if any(_meet(box, (x - 3, y - 3, x + 3, y + 3)) for x, y in dots) else 2


def _box(label: Label, side: str, scale: tuple[float, float]) -> Box:
    across, up = SIDES[side]
    half, high = label.letter * len(label.text) / 2, LINE / 2
    x, y = label.x * scale[0] + across * (half + 8), label.y * scale[1] + up * (high + 6)
    return (x - half, y - high, x + half, y + high)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
