"""Boxes: what fits, how alike two answers are, and what several settle."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import kinds
from labeling.kinds.base import Json, PreLabel
from tests.labeling.kinds.marking import asked, box
from tests.labeling.kinds.test_picture import data_url, turned

BOXES = kinds.get("boxes")
UPRIGHT = asked("boxes")
TURNED = asked("boxes", rotated=True)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"labels": []}, "labels"),
        ({"fewest": -1}, "fewest"),
        ({"most": 0}, "most"),
        ({"fewest": 3, "most": 2}, "most"),
        ({"fewest": True}, "fewest"),
        ({"rotated": "yes"}, "rotated"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    settings: dict[str, Json], field: str
) -> None:
    written: dict[str, Json] = {"labels": [{"id": "car", "name": "Car"}], **settings}

    assert [problem.field for problem in BOXES.check_question(written)] == [field]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, ""),
        ([3], "[0]"),
        ([box(1, 2, label="cow")], "[0].label"),
        ([box(1, 2, width=0)], "[0].width"),
        ([box(math.nan, 2)], "[0].x"),
        ([box(1, 10**400)], "[0].y"),
        ([box(1, 2), box(1, 2, colour="red")], "[1].colour"),
        ([box(1, 2, rotation=30)], "[0].rotation"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_is_wrong(
    value: Json, field: str
) -> None:
    assert [problem.field for problem in BOXES.check_value(UPRIGHT, value)] == [field]


@pytest.mark.parametrize("degrees", [-1, 360, "3"])
def test_a_box_is_turned_by_less_than_a_whole_turn(degrees: Json) -> None:
    (problem,) = BOXES.check_value(TURNED, [box(1, 2, rotation=degrees)])

    assert problem.field == "[0].rotation"


def test_fewest_and_most_are_kept() -> None:
    question = asked("boxes", fewest=1, most=2)

    assert BOXES.check_value(question, [])
    assert not BOXES.check_value(question, [box(1, 2)])
    assert BOXES.check_value(question, [box(1, 2)] * 3)


def test_boxes_that_mean_the_same_are_kept_the_same() -> None:
    one: Json = [box(100.04, 7, rotation=359.96), box(10, 5.0)]
    two: Json = [box(10.0, 5), box(100, 7, rotation=0)]

    assert BOXES.normal(TURNED, one) == BOXES.normal(TURNED, two)


def test_a_box_must_lie_on_the_picture_give_or_take_a_pixel() -> None:
    photo = data_url("PNG", (120, 80))
    inside: Json = [box(0, 0), box(81, 61)]
    outside: Json = [box(0, 0), box(90, 0), box(-2, 0)]

    assert BOXES.check_place(UPRIGHT, inside, photo) == []
    found = BOXES.check_place(UPRIGHT, outside, photo)
    assert [problem.field for problem in found] == ["[1]", "[2]"]
    assert "120 × 80" in found[0].problem


def test_a_photo_that_lies_on_its_side_is_measured_as_it_is_shown() -> None:
    photo = data_url("JPEG", (120, 80), exif=turned(6))

    assert BOXES.check_place(UPRIGHT, [box(10, 95)], photo) == []
    assert BOXES.check_place(UPRIGHT, [box(70, 10)], photo)


def test_the_corners_of_a_turned_box_must_lie_on_the_picture_not_its_frame() -> None:
    photo = data_url("PNG", (120, 80))

    standing = box(0, 10, width=70, height=10, rotation=90)
    assert BOXES.check_place(TURNED, [standing], photo) == [
        problem
        for problem in BOXES.check_place(TURNED, [standing], photo)
        if problem.field == "[0]"
    ]
    assert BOXES.check_place(TURNED, [standing | {"y": 35}], photo) == []


def test_a_picture_that_is_elsewhere_is_not_looked_at() -> None:
    assert BOXES.check_place(UPRIGHT, [box(9_000, 0)], {"ref": "s3://shots/1"}) == []


def test_likeness_is_what_both_cover_of_all_boxes() -> None:
    one: Json = [box(0, 0, 10, 10), box(100, 0, 10, 10)]
    two: Json = [box(5, 0, 10, 10)]

    # half of a box in both: 50 of 150 square pixels
    assert BOXES.alike(UPRIGHT, one, two) == pytest.approx(2 * (1 / 3) / 3)
    assert BOXES.alike(UPRIGHT, [], []) == 1
    assert BOXES.alike(UPRIGHT, one, []) == 0
    assert BOXES.alike(UPRIGHT, one, [box(0, 0, 10, 10, label="tree")]) == 0


def test_the_best_pairs_are_compared_not_the_first() -> None:
    one: Json = [box(0, 0, 10, 10), box(4, 0, 10, 10)]
    two: Json = [box(4, 0, 10, 10), box(8, 0, 10, 10)]

    # 0–4 and 4–8 are two thirds apart, so each is better off than 4–4 and 0–8
    pair = 6 / 14
    assert BOXES.alike(UPRIGHT, one, two) == pytest.approx(
        max(2 * pair, 1 + 2 / 18) / 2
    )


@given(st.integers(1, 5))
def test_the_median_box_of_a_majority_is_kept(away: int) -> None:
    said: list[Json] = [[box(10, 10)], [box(10 + away, 12)], [box(10 - away, 11)]]

    assert BOXES.settle(UPRIGHT, said, among=3) == [box(10, 11)]


def test_a_box_that_only_a_minority_sees_is_left_out() -> None:
    said: list[Json] = [[box(10, 10), box(200, 10)], [box(10, 10)], [box(10, 10)]]

    assert BOXES.settle(UPRIGHT, said, among=3) == [box(10, 10)]


def test_a_box_that_half_of_the_people_see_settles_nothing() -> None:
    said: list[Json] = [[box(10, 10)], [box(10, 10)], [], []]

    assert BOXES.settle(UPRIGHT, said, among=4) is None
    # two of three saw it; with one who could not tell, nobody knows of the second box
    assert (
        BOXES.settle(UPRIGHT, [[box(10, 10)], [box(10, 10), box(99, 9)]], among=3)
        is None
    )


def test_two_boxes_of_one_person_are_two_things() -> None:
    pair: Json = [box(10, 10), box(12, 10)]

    assert BOXES.settle(UPRIGHT, [pair, pair, pair], among=3) == pair


def test_of_turned_boxes_the_one_most_like_the_others_is_kept() -> None:
    said: list[Json] = [[box(10, 10, rotation=turn)] for turn in (10, 14, 30)]

    assert BOXES.settle(TURNED, said, among=3) == [box(10, 10, rotation=14)]


def test_scores_of_a_model_follow_its_boxes_into_the_order_that_is_kept() -> None:
    output: Json = {"value": [box(5, 50), box(5, 2)], "scores": [0.9, 0.4]}

    read = BOXES.read_output(UPRIGHT, output)

    assert read == PreLabel([box(5, 2), box(5, 50)], scores=[0.4, 0.9])
