"""Rankings: complete orders, how alike two are, and the order of every majority."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.kinds.base import Json
from labeling.kinds.ranking.orders import ranks
from tests.labeling.kinds.asking import (
    alike,
    ask,
    pre_label,
    refusals,
    settled,
    wrong,
)
from tests.labeling.kinds.values import labels

STRICT = ask("ranking", labels=labels("a", "b", "c"))
TIES = ask("ranking", labels=labels("a", "b", "c"), ties=True)


def order(text: str) -> Json:
    """`"ab c"`: a and b share the first rank."""
    return [[*rank] for rank in text.split()]


def test_a_ranking_needs_two_items_and_a_plain_switch() -> None:
    assert refusals("ranking", labels=labels("a")) == ["labels"]
    assert refusals("ranking", labels=labels("a", "b"), ties=1) == ["ties"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("abc", "list"),
        (["a", "b"], "missing: c"),
        (["a", "b", "c", "a"], "once"),
        (["a", "b", "x"], "not a label"),
        (["a", "b", []], "one rank"),
        (["a", "b", 3], "list of ids"),
        ([["a", "b"], "c"], "of its own"),
    ],
)
def test_an_order_that_is_not_complete_says_what_is_wrong(
    value: Json, says: str
) -> None:
    assert says in wrong(STRICT, value)[0].problem


def test_a_plain_list_means_an_order_without_ties() -> None:
    assert pre_label(STRICT, {"value": ["c", "a", "b"]}).value == order("c a b")


def test_items_of_one_rank_stand_in_the_order_of_the_schema() -> None:
    assert pre_label(TIES, {"value": [["c", "a"], "b"]}).value == order("ac b")


def test_scores_belong_to_ranks() -> None:
    said = pre_label(TIES, {"value": [["c", "a"], "b"], "scores": [0.9, 0.4]})

    assert said.scores == [0.9, 0.4]


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("a b c", "c b a", 0),
        ("a b c", "a c b", pytest.approx(2 / 3)),
        ("abc", "abc", 1),
        ("abc", "a b c", 0.5),
        # two of two pairs that are in both orders agree: tau-b = 2 / sqrt(2 · 3)
        ("ab c", "a b c", pytest.approx((2 / 6**0.5 + 1) / 2)),
    ],
)
def test_orders_are_alike_by_kendalls_tau_b(a: str, b: str, likeness: float) -> None:
    assert alike(TIES, order(a), order(b)) == likeness


def test_every_pair_by_its_majority_makes_the_order() -> None:
    assert settled(STRICT, order("a b c"), order("a c b"), order("b a c")) == order(
        "a b c"
    )


def test_majorities_in_a_circle_settle_nothing() -> None:
    assert settled(STRICT, order("a b c"), order("b c a"), order("c a b")) is None


def test_one_pair_without_a_majority_settles_nothing() -> None:
    assert settled(STRICT, order("a b c"), order("a c b")) is None
    assert settled(STRICT, order("a b c"), among=2) is None


def test_a_majority_may_find_two_items_equal() -> None:
    assert settled(TIES, order("ab c"), order("ab c"), order("a b c")) == order("ab c")


@given(st.lists(st.sampled_from([*permutations("abc")]), min_size=1, max_size=7))
def test_a_settled_order_has_more_than_half_behind_every_pair(
    said: list[tuple[str, ...]],
) -> None:
    value = settled(STRICT, *[order(" ".join(one)) for one in said])

    if value is not None:
        flat = [each for rank in ranks(value) for each in rank]
        pairs = [(x, y) for at, x in enumerate(flat) for y in flat[at + 1 :]]
        votes = [sum(one.index(x) < one.index(y) for one in said) for x, y in pairs]
        assert all(2 * each > len(said) for each in votes)
