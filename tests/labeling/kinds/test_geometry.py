"""Areas, overlaps and distances are those of the plane, whatever is turned or moved."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.kinds import geometry
from labeling.kinds.geometry import Point

Box = tuple[float, float, float, float, float]
places = st.floats(-500, 500)
sides = st.floats(1, 300)
boxes = st.tuples(places, places, sides, sides, st.floats(0, 359))


def overlap(a: Box, b: Box) -> float:
    return geometry.convex_overlap(geometry.corners(*a), geometry.corners(*b))


@given(boxes)
def test_turning_a_box_keeps_its_area(box: Box) -> None:
    assert geometry.area(geometry.corners(*box)) == pytest.approx(box[2] * box[3])


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_both_ways(a: Box, b: Box) -> None:
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, b) == pytest.approx(overlap(b, a), abs=1e-6)


@given(boxes)
def test_a_box_covers_itself_and_itself_turned_half_round(box: Box) -> None:
    half_round = (*box[:4], box[4] + 180)

    assert overlap(box, box) == pytest.approx(1)
    assert overlap(box, half_round) == pytest.approx(1)


@given(boxes, boxes, st.floats(0, 360), places)
def test_overlap_stays_when_both_move_and_turn(
    a: Box, b: Box, degrees: float, way: float
) -> None:
    def carried(box: Box) -> list[Point]:
        turn = math.radians(degrees)
        return [
            (
                x * math.cos(turn) - y * math.sin(turn) + way,
                x * math.sin(turn) + y * math.cos(turn),
            )
            for x, y in geometry.corners(*box)
        ]

    there = geometry.convex_overlap(carried(a), carried(b))

    assert there == pytest.approx(overlap(a, b), abs=1e-6)


@given(boxes, boxes)
def test_clipping_agrees_with_the_plain_sum_where_nothing_is_turned(
    a: Box, b: Box
) -> None:
    one, two = (geometry.corners(*box[:4], 0) for box in (a, b))

    plain = geometry.upright_overlap(geometry.bounds(one), geometry.bounds(two))

    assert geometry.convex_overlap(one, two) == pytest.approx(plain, abs=1e-6)


def test_a_square_and_itself_turned_by_45_degrees_share_an_octagon() -> None:
    # 2 · (√2 − 1) of the square's area is in both
    both = 2 * (math.sqrt(2) - 1)

    found = overlap((0, 0, 10, 10, 0), (0, 0, 10, 10, 45))

    assert found == pytest.approx(both / (2 - both))


near = st.floats(0, 80)
stout = st.tuples(near, near, st.floats(60, 120), st.floats(60, 120), st.floats(0, 359))


@given(stout, stout)
def test_the_grid_agrees_with_clipping_for_shapes_that_are_not_thin(
    a: Box, b: Box
) -> None:
    found = geometry.area_overlap(geometry.corners(*a), geometry.corners(*b))

    assert found == pytest.approx(overlap(a, b), abs=0.04)


def test_the_grid_counts_the_hole_of_a_shape_that_bends_back() -> None:
    horseshoe: list[Point] = [
        (0, 0),
        (90, 0),
        (90, 90),
        (60, 90),
        (60, 30),
        (30, 30),
        (30, 90),
        (0, 90),
    ]
    whole: list[Point] = [(0, 0), (90, 0), (90, 90), (0, 90)]

    found = geometry.area_overlap(horseshoe, whole)

    assert found == pytest.approx(1 - (30 * 60) / (90 * 90), abs=0.02)


@given(st.lists(st.tuples(places, places), min_size=2, max_size=8), st.floats(0, 50))
def test_a_line_moved_sideways_is_at_most_that_far_away(
    line: list[Point], way: float
) -> None:
    moved = [(x + way, y) for x, y in line]

    assert geometry.mean_distance(line, line) == 0
    assert geometry.mean_distance(line, moved) <= way + 1e-6
    assert geometry.mean_distance(line, moved) == pytest.approx(
        geometry.mean_distance(moved, line)
    )


def test_parallel_lines_are_as_far_apart_as_they_look() -> None:
    assert geometry.mean_distance([(0, 0), (100, 0)], [(100, 7), (0, 7)]) == (
        pytest.approx(7)
    )
