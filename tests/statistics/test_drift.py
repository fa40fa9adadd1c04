"""Drift is seen where there is some, and seldom where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from reviewer.stats import cusum
from reviewer.stats.anchoring import automation_bias
from reviewer.stats.drift import Drift, confidence_drift, label_drift, spent
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.strata import standardised_rate, stratified_difference


def drift_of(found: Drift | NotEnough) -> Drift:
    assert isinstance(found, Drift), found
    return found


def test_without_weights_label_drift_is_pearsons_chi_square() -> None:
    old, new = [300, 200, 100], [90, 80, 60]
    labels = np.arange(3)

    found = drift_of(label_drift(np.repeat(labels, old), np.repeat(labels, new)))

    expected = chi2_contingency([old, new], correction=False)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.psi_limit == pytest.approx(9.21034 * (1 / 600 + 1 / 230), rel=1e-4)


@pytest.mark.parametrize("n", [50, 100, 1000])
def test_the_same_confidences_seldom_alarm_and_moved_ones_do(n: int) -> None:
    rng = np.random.default_rng(n)
    same = [
        drift_of(confidence_drift(rng.beta(8, 1, 3000), rng.beta(8, 1, n))).p_value
        for _ in range(1000)
    ]

    assert np.mean(np.array(same) <= 0.01) <= 0.018
    assert np.mean(np.array(same) <= 0.2) == pytest.approx(0.2, abs=0.06)
    assert (
        drift_of(confidence_drift(rng.beta(8, 1, 3000), rng.beta(5, 2, n))).p_value
        < 0.01
    )


def test_labels_known_of_drawn_items_only_drift_by_their_weights() -> None:
    rng = np.random.default_rng(3)
    weighted, naive = [], []
    for _ in range(500):
        label = rng.choice(3, size=(2, 2000), p=[0.6, 0.3, 0.1])
        pi = np.array([[0.1, 0.2, 0.9], [0.2, 0.2, 0.5]])[[[0], [1]], label]
        drawn = rng.random((2, 2000)) < pi
        sides = [label[at][drawn[at]] for at in (0, 1)]
        w, v = (1 / pi[at][drawn[at]] for at in (0, 1))
        found = label_drift(*sides, reference_weights=w, window_weights=v)
        weighted.append(drift_of(found).p_value)
        naive.append(drift_of(label_drift(*sides)).p_value)

    assert np.mean(np.array(weighted) <= 0.05) <= 0.08
    assert np.mean(np.array(naive) <= 0.05) >= 0.95


def test_too_little_or_nothing_that_differs_is_no_drift() -> None:
    assert isinstance(confidence_drift([0.5] * 100, [0.5] * 9), NotEnough)
    assert isinstance(confidence_drift([0.5] * 100, [0.5] * 100), NotEnough)
    with pytest.raises(ValueError, match="without one"):
        confidence_drift([np.nan] * 100, [0.5] * 100)
    with pytest.raises(ValueError, match="weight"):
        label_drift(["a"] * 30, ["b"] * 30, window_weights=[0.0] * 30)
    assert spent(0.05, 90) * 90 == pytest.approx(0.05)


def run_length(rate: float) -> float:
    """Brook & Evans (1972): the chain over states on a grid, solved."""
    cells = 800
    width = cusum.ALARM / cells
    middle = (np.arange(cells) + 0.5) * width
    chain = np.zeros((cells, cells))
    for wrong, chance in ((True, rate), (False, 1 - rate)):
        for at, state in enumerate(middle):
            after = cusum.step(float(state), wrong)
            if not cusum.alarming(after):
                chain[at, min(int(after / width), cells - 1)] += chance
    return float(np.linalg.solve(np.eye(cells) - chain, np.ones(cells))[0])


def test_a_steady_reviewer_is_alarmed_about_rarely_a_worse_one_soon() -> None:
    assert run_length(0.05) >= 3000
    assert run_length(0.15) <= 70
    assert run_length(0.30) <= 22


def test_the_cusum_is_simulated_as_often_as_the_chain_says() -> None:
    rng, lengths = np.random.default_rng(5), []
    for _ in range(500):
        state, at = 0.0, 0
        while not cusum.alarming(state):
            state, at = cusum.step(state, bool(rng.random() < 0.15)), at + 1
        lengths.append(at)

    assert np.mean(lengths) == pytest.approx(run_length(0.15), rel=0.1)
    with pytest.raises(ValueError, match="state"):
        cusum.step(float("nan"), True)


def test_queues_of_different_difficulty_are_not_compared_unweighted() -> None:
    # the better one works on hard items: .80 and .98 against .75 and .95
    mine, theirs = ([160, 49], [200, 50]), ([38, 190], [50, 200])

    found = stratified_difference(*mine, *theirs)
    rate = standardised_rate(*mine, [0.5, 0.5])

    assert isinstance(found, Estimate)
    assert sum(mine[0]) / 250 < sum(theirs[0]) / 250
    assert found.value == pytest.approx(0.035, abs=0.001)
    assert isinstance(rate, Estimate)
    assert rate.value == pytest.approx((0.8 + 0.98) / 2)
    assert isinstance(standardised_rate([3, 0], [6, 0], [1, 1]), NotEnough)
    assert isinstance(stratified_difference([5, 0], [9, 0], [0, 5], [0, 9]), NotEnough)


def test_the_stratified_interval_holds() -> None:
    rng, held = np.random.default_rng(6), []
    n, m = np.array([30, 80, 12]), np.array([60, 20, 40])
    p, q = np.array([0.9, 0.7, 0.95]), np.array([0.85, 0.65, 0.9])
    for _ in range(1000):
        found = stratified_difference(rng.binomial(n, p), n, rng.binomial(m, q), m)
        held.append(isinstance(found, Estimate) and found.low <= 0.05 <= found.high)

    assert 0.93 <= np.mean(held) <= 0.985


def test_automation_bias_is_what_seeing_a_wrong_pre_label_adds() -> None:
    found = automation_bias([12, 8], [40, 60], [1, 2], [20, 30])

    assert isinstance(found.shown, Estimate)
    assert found.shown.value == pytest.approx(0.2)
    assert isinstance(found.bias, Estimate)
    w = np.array([40 * 20 / 60, 60 * 30 / 90])
    apart = np.array([12 / 40 - 1 / 20, 8 / 60 - 2 / 30])
    assert found.bias.value == pytest.approx(float(w @ apart / w.sum()))
    assert isinstance(automation_bias([1], [2], [0], [1]).bias, NotEnough)
