"""Polygons and lines: what fits, how alike two answers are, and what several settle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import kinds
from labeling.kinds.base import Json
from tests.labeling.kinds.marking import asked
from tests.labeling.kinds.test_picture import data_url

POLYGONS = kinds.get("polygons")
AREAS = asked("polygons")
LINES = asked("polygons", shape="line")


def shape(*points: tuple[float, float], label: str = "car", **more: Json) -> Json:
    plain: Json = [[x, y] for x, y in points]
    return {"points": plain, "label": label, **more}


def square(x: float, y: float, side: float = 50) -> Json:
    return shape((x, y), (x + side, y), (x + side, y + side), (x, y + side))


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([shape((0, 0), (5, 5))], "[0].points"),
        ([shape((0, 0), (5, 5), (9, 0), closed=False)], "[0].closed"),
        ([shape((0, 0), (5, 5), (9, 0), label="cow")], "[0].label"),
        ([{"points": [[0, 0], [1], [2, 2]], "label": "car"}], "[0].points[1]"),
        ([{"points": [[0, 0], [1, "1"], [2, 2]], "label": "car"}], "[0].points[1]"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_is_wrong(
    value: Json, field: str
) -> None:
    assert [problem.field for problem in POLYGONS.check_value(AREAS, value)] == [field]


def test_only_polygons_and_lines_can_be_asked_for() -> None:
    written: dict[str, Json] = {
        "labels": [{"id": "car", "name": "Car"}],
        "shape": "star",
    }

    (problem,) = POLYGONS.check_question(written)

    assert problem.field == "shape"


@given(st.integers(0, 3), st.booleans())
def test_who_drew_a_polygon_from_where_is_no_difference(first: int, back: bool) -> None:
    corners = [(10, 10), (60, 10), (70, 60), (5, 55)]
    other = corners[first:] + corners[:first]

    one = POLYGONS.normal(AREAS, [shape(*corners)])
    two = POLYGONS.normal(AREAS, [shape(*(other[::-1] if back else other))])

    assert one == two


def test_a_line_keeps_its_direction() -> None:
    there, back = [shape((0, 0), (50, 0))], [shape((50, 0), (0, 0))]

    assert POLYGONS.normal(LINES, there) != POLYGONS.normal(LINES, back)
    assert POLYGONS.alike(LINES, there, back) == pytest.approx(1)


def test_polygons_are_as_alike_as_their_areas_overlap() -> None:
    found = POLYGONS.alike(AREAS, [square(0, 0)], [square(25, 0)])

    assert found == pytest.approx(1 / 3, abs=0.02)
    assert POLYGONS.alike(AREAS, [square(0, 0)], [square(90, 0)]) == 0


def test_lines_are_as_alike_as_they_are_near() -> None:
    line = [shape((0, 0), (100, 0))]

    assert POLYGONS.alike(LINES, line, [shape((0, 5), (100, 5))]) == pytest.approx(0.5)
    assert POLYGONS.alike(LINES, line, [shape((0, 20), (100, 20))]) == 0


def test_the_polygon_most_like_the_others_is_kept() -> None:
    said = [[square(10, 10)], [square(13, 10)], [square(20, 10)]]

    settled = POLYGONS.settle(AREAS, said, among=3)

    assert settled == POLYGONS.normal(AREAS, [square(13, 10)])


def test_shapes_that_do_not_overlap_by_half_settle_nothing_in_common() -> None:
    said = [[square(10, 10)], [square(45, 10)]]

    assert POLYGONS.settle(AREAS, said, among=2) is None


def test_every_point_must_lie_on_the_picture() -> None:
    photo = data_url("PNG", (120, 80))

    assert POLYGONS.check_place(AREAS, [square(10, 10)], photo) == []
    (problem,) = POLYGONS.check_place(AREAS, [square(10, 40)], photo)
    assert problem.field == "[0]"
