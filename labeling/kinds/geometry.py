"""Plane geometry of marks on pictures: points in, areas and distances out.

Coordinates are pixels, x to the right and y down.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Point: TypeAlias = tuple[float, float]
Bounds: TypeAlias = tuple[float, float, float, float]

_GRID: Final = 256
_STEPS: Final = 64


def tenth(number: float) -> int | float:
    """The number to a tenth of a pixel; whole ones as integers, so that equal is equal."""
    rounded = round(float(number), 1)
    return int(rounded) if rounded.is_integer() else rounded


def corners(
    x: float, y: float, width: float, height: float, degrees: float
) -> list[Point]:
    """The corners of a box, turned clockwise around its centre, from top left on."""
    right, bottom = x + width, y + height
    plain = [(x, y), (right, y), (right, bottom), (x, bottom)]
    if not degrees:
        return plain
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    cx, cy = x + width / 2, y + height / 2
    return [
        (cx + (px - cx) * cos - (py - cy) * sin, cy + (px - cx) * sin + (py - cy) * cos)
        for px, py in plain
    ]


def bounds(points: Sequence[Point]) -> Bounds:
    """Left, top, right, bottom."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def apart(a: Bounds, b: Bounds) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def area(points: Sequence[Point]) -> float:
    """Gauss's area formula; positive where the points run clockwise on the screen."""
    following = [*points[1:], *points[:1]]
    return (
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True))
        / 2
    )


def upright_overlap(a: Bounds, b: Bounds) -> float:
    """Intersection over union of two boxes that are not turned."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return min(both / (total - both), 1.0)


def convex_overlap(a: Sequence[Point], b: Sequence[Point]) -> float:
    """Intersection over union of two convex shapes, both clockwise."""
    common = _clip(a, b)
    both = max(area(common), 0.0) if len(common) > 2 else 0.0
    return min(both / (area(a) + area(b) - both), 1.0)


def _clip(subject: Sequence[Point], window: Sequence[Point]) -> list[Point]:
    """What of the subject lies in the convex window (Sutherland and Hodgman 1974)."""
    left = list(subject)
    for start, end in zip(window, [*window[1:], *window[:1]], strict=True):
        given, left = left, []
        for here, after in zip(given, [*given[1:], *given[:1]], strict=True):
            inside, then = _side(start, end, here), _side(start, end, after)
            if inside >= 0:
                left.append(here)
            if (inside < 0 < then) or (then < 0 < inside):
                share = inside / (inside - then)
                x = here[0] + (after[0] - here[0]) * share
                left.append((x, here[1] + (after[1] - here[1]) * share))
    return left


def _side(start: Point, end: Point, point: Point) -> float:
    """Positive to the right of the way from start to end, on a screen."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (
        point[0] - start[0]
    )


def area_overlap(a: Sequence[Point], b: Sequence[Point]) -> float:
    """Intersection over union of any two polygons, counted on a grid of 256 × 256 cells.

    The grid covers both, so the error is about the outline's length in cells: under 2 %
    for shapes of which each fills a good part of it. Crossing outlines fill even-odd.
    """
    from PIL import Image, ImageChops, ImageDraw

    left, top, right, bottom = bounds([*a, *b])
    across, down = (right - left) or 1.0, (bottom - top) or 1.0
    masks = []
    for points in (a, b):
        mask = Image.new("1", (_GRID, _GRID))
        cells = [
            ((x - left) / across * (_GRID - 1), (y - top) / down * (_GRID - 1))
            for x, y in points
        ]
        ImageDraw.Draw(mask).polygon(cells, fill=1)
        masks.append(mask)
    both = ImageChops.logical_and(*masks).histogram()[-1]
    either = ImageChops.logical_or(*masks).histogram()[-1]
    return both / either if either else 0.0


def length(points: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def mean_distance(a: Sequence[Point], b: Sequence[Point]) -> float:
    """How far two lines are from each other: the mean way from each to the nearest of the other.

    Measured both ways at 64 places at equal steps along each line.
    """
    one, two = _along(a), _along(b)
    there = sum(min(math.dist(p, q) for q in two) for p in one) / len(one)
    back = sum(min(math.dist(p, q) for q in one) for p in two) / len(two)
    return (there + back) / 2


def _along(points: Sequence[Point]) -> list[Point]:
    """64 places at equal steps along a line."""
    step = length(points) / (_STEPS - 1)
    if not step:
        return [points[0]]
    placed, gone, wanted = [points[0]], 0.0, step
    for a, b in pairwise(points):
        part = math.dist(a, b)
        while part and wanted <= gone + part and len(placed) < _STEPS:
            share = (wanted - gone) / part
            placed.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
            wanted += step
        gone += part
    return placed
