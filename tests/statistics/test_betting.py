"""Wealth cannot grow on average where the claim is false: checked by going through all."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.stats import betting
from reviewer.stats.counts import Counts
from reviewer.stats.sequential import PairedTest

LEVELS = (1.0, 0.5, 0.2)
Items = list[tuple[int, float]]

items = st.lists(
    st.tuples(st.sampled_from((-1, 0, 1)), st.sampled_from(LEVELS)), max_size=40
)


def counts_of(found: Items) -> Counts:
    return Counts.of([d for d, _ in found], [pi for _, pi in found])


@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_the_expected_e_value_is_at_most_one_at_the_edge_of_the_claim(
    margin: float,
) -> None:
    # two kinds of items, each selected by its own probability, three items in a row
    kinds = [(0.2, 0.2), (1.0, 0.8)]  # (pi, share of items)
    test = PairedTest(margin=margin, lowest=0.2, highest=1.0)
    chances = {1: 0.3 - margin, -1: 0.3, 0: 0.4 + margin}
    one = [
        (d, pi, share * chance * pi)
        for (pi, share), (d, chance) in itertools.product(kinds, chances.items())
    ]
    unseen = sum(share * (1 - pi) for pi, share in kinds)
    outcomes = [*one, (None, 1.0, unseen)]

    expected, total = 0.0, 0.0
    for run in itertools.product(outcomes, repeat=3):
        chance = math.prod(p for _, _, p in run)
        seen = [(d, pi) for d, pi, _ in run if d is not None]
        total += chance
        expected += chance * math.exp(test.log_e(counts_of(seen)))

    assert total == pytest.approx(1)
    assert expected == pytest.approx(1)


def test_the_expected_e_value_of_signs_is_one_where_both_win_as_often() -> None:
    test = PairedTest()

    for n in range(1, 9):
        values = [
            math.exp(test.log_e(counts_of([(d, 1.0) for d in run])))
            for run in itertools.product((1, -1), repeat=n)
        ]
        assert np.mean(values) == pytest.approx(1)


@given(items)
def test_counts_say_the_same_as_the_items_one_by_one(found: Items) -> None:
    test = PairedTest(margin=0.05, lowest=0.2)
    one_by_one = test.path([d for d, _ in found], [pi for _, pi in found])

    assert test.log_e(counts_of(found)) == pytest.approx(
        one_by_one[-1] if found else 0.0, abs=1e-9
    )


@given(items, items)
def test_a_path_goes_on_from_the_wealth_there_was(first: Items, then: Items) -> None:
    bets = PairedTest(lowest=0.2).bets
    both = [*first, *then]

    whole = betting.path([d for d, _ in both], [pi for _, pi in both], bets)
    before = betting.wealth(counts_of(first), bets)
    rest = betting.path([d for d, _ in then], [pi for _, pi in then], bets, before)

    assert rest == pytest.approx(whole[len(first) :])


@given(items, items)
def test_counts_add_up_and_can_be_stored(first: Items, then: Items) -> None:
    together = counts_of(first).plus(counts_of(then))
    stored = Counts.from_json(json.loads(json.dumps(together.as_json())))

    assert together.n == len(first) + len(then)
    assert stored.as_json() == counts_of([*first, *then]).as_json()


def test_a_bet_that_could_ruin_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        betting.wealth(Counts.of([-1], [0.1]), [0.1])
    with pytest.raises(ValueError, match="too large"):
        betting.path([-1], [0.1], [0.1])


@pytest.mark.parametrize("pi", [0, -0.5, 1.5, math.nan])
def test_counts_refuse_an_inclusion_probability_that_cannot_be(pi: float) -> None:
    with pytest.raises(ValueError, match="inclusion"):
        Counts.of([1], [pi])


def test_counts_refuse_values_nobody_knows_and_lengths_that_differ() -> None:
    with pytest.raises(ValueError, match="not known"):
        Counts.of([math.nan], [1])
    with pytest.raises(ValueError, match="length"):
        Counts.of([1, 0], [1])
    with pytest.raises(ValueError, match="negative"):
        Counts.of([1], [1], [-2])
