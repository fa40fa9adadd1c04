"""Several claims at once, against published examples and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.stats.multiplicity import e_bh, every, holm


def test_holm_goes_down_until_the_first_that_is_too_great() -> None:
    # Holm's own steps at .05: .0125, .0167, .025, .05
    assert holm([0.03, 0.01, 0.04, 0.005]).tolist() == [False, True, False, True]
    assert holm([0.0126, 0.013, 0.014, 0.015]).tolist() == [False] * 4
    assert holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_no_less_than_bonferroni(p_values: list[float]) -> None:
    rejected = holm(p_values)

    assert all(rejected[np.array(p_values) <= 0.05 / len(p_values)])


def test_e_bh_takes_the_greatest_as_far_as_they_reach() -> None:
    # m = 4, alpha = .1: 40, 20, 13.3, 10
    assert e_bh([21, 5, 22, 1], 0.1).tolist() == [True, False, True, False]
    assert e_bh([39, 19, 13, 9], 0.1).tolist() == [False] * 4
    assert e_bh([10, 10, 10, 10], 0.1).tolist() == [True] * 4
    assert e_bh([math.inf, 0, 0, 0], 0.1).tolist() == [True, False, False, False]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_e_bh_is_benjamini_and_hochbergs_step_up_on_one_over_e(
    e_values: list[float],
) -> None:
    m, rejected = len(e_values), e_bh(e_values, 0.2)
    ordered = sorted(e_values, reverse=True)
    most = max(
        (k for k in range(1, m + 1) if ordered[k - 1] >= m / (k * 0.2)), default=0
    )

    assert rejected.sum() == most


def test_holms_chance_of_any_false_claim_holds_for_dependent_ones() -> None:
    rng = np.random.default_rng(5)
    shared = rng.random(4_000)
    found = [
        holm(np.where(rng.random(6) < 0.5, u, rng.random(6))).any() for u in shared
    ]

    assert np.mean(found) <= 0.055


def test_not_worse_anywhere_needs_every_slice_and_no_correction() -> None:
    assert every([0.05, 0.01])
    assert not every([0.05, 0.06])
    assert not every([])


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        holm([0.5, 1.5])
    with pytest.raises(ValueError, match="numbers"):
        e_bh([math.nan])
