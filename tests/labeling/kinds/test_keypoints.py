"""Keypoints: what fits, how alike two answers are, and what several settle."""

from __future__ import annotations

import json
import math

import pytest

from labeling import kinds
from labeling.kinds.base import Json
from tests.labeling.kinds.marking import LABELS, asked
from tests.labeling.kinds.test_picture import data_url

KEYPOINTS = kinds.get("keypoints")
NAMES: Json = [{"id": "head", "name": "Head"}, {"id": "tail", "name": "Tail"}]
BODY = asked("keypoints", labels=(), points=NAMES, visibility=True)
SEEN = asked("keypoints", labels=(), points=NAMES)


def body(head: Json = None, tail: Json = None, **more: Json) -> Json:
    given = {"head": head, "tail": tail}
    return {"points": {key: place for key, place in given.items() if place}, **more}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"points": []}, "points"),
        ({"points": [{"id": "head"}]}, "points[0].name"),
        ({"points": NAMES, "skeleton": [["head", "wing"]]}, "skeleton[0]"),
        ({"points": NAMES, "skeleton": [["head", "head"]]}, "skeleton[0]"),
        ({"points": NAMES, "visibility": 1}, "visibility"),
        ({"points": NAMES, "labels": []}, "labels"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    settings: dict[str, Json], field: str
) -> None:
    assert [p.field for p in KEYPOINTS.check_question(settings)] == [field]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([body()], "[0].points"),
        ([{"points": {"wing": [1, 2]}}], "[0].points.wing"),
        ([body([1, 2, "gone"])], "[0].points.head"),
        ([body([1])], "[0].points.head"),
        ([body([1, 2], label="car")], "[0].label"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_is_wrong(
    value: Json, field: str
) -> None:
    assert [p.field for p in KEYPOINTS.check_value(BODY, value)] == [field]


def test_a_point_is_hidden_only_where_the_question_asks_for_it() -> None:
    hidden = [body([1, 2, "hidden"])]

    assert KEYPOINTS.check_value(BODY, hidden) == []
    assert KEYPOINTS.check_value(SEEN, hidden)


def test_several_things_are_told_apart_by_labels() -> None:
    question = asked("keypoints", labels=LABELS, points=NAMES)

    assert KEYPOINTS.check_value(question, [body([1, 2], label="car")]) == []
    assert KEYPOINTS.check_value(question, [body([1, 2])])


def test_points_are_kept_in_the_order_of_the_question() -> None:
    mixed: Json = [{"points": {"tail": [5.04, 2], "head": [1, 2]}}]

    kept = json.dumps(KEYPOINTS.normal(BODY, mixed))

    assert kept == '[{"points": {"head": [1, 2], "tail": [5, 2]}}]'


def test_likeness_falls_with_the_distance_for_the_size_of_the_thing() -> None:
    small = body([0, 0], [100, 100])
    moved = body([10, 0], [100, 100])

    # one of two points is 10 px away; s² is 100 × 100
    near = math.exp(-(10**2) / (2 * 100 * 100 * 0.1**2))
    assert KEYPOINTS.alike(BODY, [small], [moved]) == pytest.approx((1 + near) / 2)
    assert KEYPOINTS.alike(BODY, [small], [body([0, 0])]) == pytest.approx(0.5)


def test_each_point_is_settled_where_a_majority_has_it() -> None:
    said: list[Json] = [
        [body([0, 0], [100, 100, "hidden"])],
        [body([4, 0], [100, 102, "hidden"])],
        [body([2, 1], [101, 101])],
    ]

    settled = KEYPOINTS.settle(BODY, said, among=3)

    assert settled == [body([2, 0], [100, 101, "hidden"])]


def test_a_point_that_only_a_minority_sets_is_left_out() -> None:
    head: list[Json] = [[body([0, 0])], [body([0, 0])], [body([0, 0], [90, 90])]]

    assert KEYPOINTS.settle(BODY, head, among=3) == [body([0, 0])]


def test_points_must_lie_on_the_picture() -> None:
    photo = data_url("PNG", (120, 80))

    assert KEYPOINTS.check_place(BODY, [body([120, 80])], photo) == []
    assert KEYPOINTS.check_place(BODY, [body([120, 90])], photo)
