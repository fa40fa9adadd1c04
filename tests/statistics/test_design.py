"""A budget of reviews goes where it says most, and nobody falls below the floor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.stats import chance
from reviewer.stats.chance import ChanceOfRight
from reviewer.stats.design import plan
from reviewer.stats.sampling import LEVELS

AS_SAID = ChanceOfRight()


def confidences(size: int = 20_000, seed: int = 1) -> np.ndarray:
    return 1 - 0.5 * np.random.default_rng(seed).beta(0.5, 3, size)


def test_the_expected_number_of_reviews_is_the_budget() -> None:
    sure = confidences()

    design = plan(sure, 2000, AS_SAID)

    assert design.inclusion(sure).sum() == pytest.approx(design.expected, rel=1e-9)
    assert 1970 <= design.expected <= 2000


def test_probabilities_follow_the_formula_up_to_the_next_level() -> None:
    sure = confidences()
    design = plan(sure, 2000, AS_SAID, even=0.2)
    spread = np.sqrt(sure * (1 - sure))

    wanted = design.scale * (0.8 * spread / spread.mean() + 0.2)

    given_ = design.inclusion(sure)
    wanted = np.clip(wanted, 0.01, 1)
    assert np.all(given_ >= wanted * 0.98)
    # steps of at most a quarter, and the width of a bin of confidence
    assert np.all(given_ <= wanted * 1.28)


@settings(max_examples=40, deadline=None)
@given(
    budget=st.floats(1, 30_000),
    floor=st.sampled_from([0.005, 0.01, 0.1]),
    intercept=st.floats(-3, 3),
    slope=st.floats(-1, 3),
)
def test_whatever_was_fitted_each_probability_is_a_level_at_or_above_the_floor(
    budget: float, floor: float, intercept: float, slope: float
) -> None:
    sure = confidences(2000)

    design = plan(sure, budget, ChanceOfRight(intercept, slope), floor=floor)

    pi = design.inclusion([*sure, 0.0, 1.0])
    assert np.isin(pi, LEVELS).all()
    assert pi.min() >= floor
    assert design.expected <= max(budget, floor * 2000 * 1.0001)


def test_one_prediction_is_routed_as_it_would_be_among_all() -> None:
    sure = confidences(500)
    design = plan(sure, 50, AS_SAID)

    together = design.inclusion(sure)

    assert [float(design.inclusion(each)) for each in sure] == together.tolist()


def test_the_greater_of_rule_and_design_counts() -> None:
    sure = np.array([0.55, 0.999])
    design = plan(confidences(), 500, AS_SAID)

    by_rule = design.inclusion(sure, [1.0, 0.0])

    assert by_rule.tolist() == [1.0, float(design.inclusion(0.999))]


def test_doubtful_predictions_are_looked_at_more_often() -> None:
    design = plan(confidences(), 1000, AS_SAID)

    pi = design.inclusion([0.5, 0.7, 0.9, 0.99, 0.999])

    assert np.all(np.diff(pi) <= 0)
    assert pi[0] > 3 * pi[-1]


def test_a_budget_below_the_floor_is_exceeded_and_says_by_how_much() -> None:
    sure = confidences(10_000)

    design = plan(sure, 20, AS_SAID)

    assert np.all(design.inclusion(sure) == 0.01)
    assert design.expected == pytest.approx(100)


def test_with_few_errors_and_few_reviews_all_are_drawn_about_alike() -> None:
    # seven wrong in a thousand, nearly all of them doubtful
    odds = np.random.default_rng(3).normal(9, 3, 10_000)
    sure = chance.expit(odds)

    few, many = plan(sure, 300, AS_SAID), plan(sure, 3000, AS_SAID)

    assert few.even >= 0.5
    assert many.even < few.even


def test_counts_stand_for_so_many_predictions() -> None:
    sure = confidences(3000)

    one_by_one = plan(np.repeat(sure, 3), 900, AS_SAID)
    grouped = plan(sure, 900, AS_SAID, counts=np.full(3000, 3))

    assert grouped == one_by_one


@pytest.mark.parametrize(
    ("budget", "floor", "says"),
    [(0, 0.01, "positive"), (float("nan"), 0.01, "positive"), (10, 0.001, "floor")],
)
def test_budgets_and_floors_that_cannot_be_are_refused(
    budget: float, floor: float, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        plan([0.9], budget, AS_SAID, floor=floor)


def test_no_predictions_or_no_numbers_cannot_be_planned_for() -> None:
    with pytest.raises(ValueError, match="no predictions"):
        plan([], 10, AS_SAID)
    with pytest.raises(ValueError, match="from 0 to 1"):
        plan([0.9, float("nan")], 10, AS_SAID)
