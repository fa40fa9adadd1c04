"""Draws are fixed by their key, uniform, independent; levels round up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from reviewer.stats.sampling import (
    LEVELS,
    draw,
    draws,
    joined,
    level_at_least,
    levels_at_least,
    worked_share,
)

SALT = b"secret"
KEYS = [f"item-{at}" for at in range(20_000)]


def test_there_are_32_levels_from_half_a_percent_to_one_in_steps_of_a_quarter() -> None:
    steps = [b / a for a, b in pairwise(LEVELS)]

    assert (len(LEVELS), LEVELS[0], LEVELS[-1]) == (32, 0.005, 1.0)
    assert 1.1 < min(steps) <= max(steps) <= 1.25 + 1e-9


@given(st.floats(0, 1, exclude_min=True))
def test_a_level_is_never_below_what_was_asked(pi: float) -> None:
    level = level_at_least(pi)

    assert level in LEVELS
    assert level >= pi
    assert levels_at_least([pi]).tolist() == [level]


@pytest.mark.parametrize("pi", [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0])
def test_the_rates_people_write_are_levels_themselves(pi: float) -> None:
    assert level_at_least(pi) == pi


@pytest.mark.parametrize("pi", [0.0, -0.1, 1.1, float("nan")])
def test_a_probability_of_nought_or_above_one_has_no_level(pi: float) -> None:
    with pytest.raises(ValueError, match="inclusion"):
        level_at_least(pi)
    with pytest.raises(ValueError, match="inclusion"):
        levels_at_least([0.5, pi])


def test_a_draw_stays_what_it_was_in_every_version() -> None:
    # stored decisions are checked against this: the formula may never change
    assert draw(b"salt", "inference-1", b"review") == 0.45360774880652377
    assert draw(b"salt", "naïve ключ", b"blind") == 0.38141817374484766


def test_draws_are_uniform() -> None:
    assert kstest(draws(SALT, KEYS, b"review"), "uniform").pvalue > 0.001


def test_draws_for_two_purposes_are_independent() -> None:
    review, blind = draws(SALT, KEYS, b"review"), draws(SALT, KEYS, b"blind")

    assert abs(np.corrcoef(review, blind)[0, 1]) < 0.03


def test_many_draws_are_the_single_ones_in_order() -> None:
    assert draws(SALT, KEYS[:3], b"x").tolist() == [
        draw(SALT, k, b"x") for k in KEYS[:3]
    ]


@pytest.mark.parametrize(
    ("salt", "purpose"), [(b"", b"x"), (b"s" * 65, b"x"), (b"s", b"p" * 17)]
)
def test_a_salt_or_purpose_that_does_not_fit_the_hash_is_refused(
    salt: bytes, purpose: bytes
) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        draw(salt, "k", purpose)


def test_designs_join_to_the_chance_that_at_least_one_selects() -> None:
    one, two = [1.0, 0.5, 0.1, 0.0], [0.2, 0.5, 0.0, 0.0]

    assert joined(one, two) == pytest.approx([1.0, 0.75, 0.1, 0.0])


def test_designs_join_as_often_as_draws_say() -> None:
    either = (draws(b"one", KEYS, b"x") < 0.3) | (draws(b"two", KEYS, b"x") < 0.2)

    assert either.mean() == pytest.approx(float(joined([0.3], [0.2])[0]), abs=0.015)


def test_a_finished_queue_is_worked_whole_an_unfinished_one_up_to_its_first_gap() -> (
    None
):
    u, pi = [0.1, 0.01, 0.5, 0.04], [1.0, 0.05, 1.0, 0.05]

    assert worked_share(u, pi, [True] * 4) == 1.0
    assert worked_share(u, pi, [True, True, False, False]) == pytest.approx(0.5)
    assert worked_share(u, pi, [True, False, True, True]) == pytest.approx(0.2)
