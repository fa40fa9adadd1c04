"""Estimates from reviewed predictions are unbiased, and their intervals hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import (
    by_label,
    interval_from_counts,
    nonresponse,
    weighted_mean,
)
from reviewer.stats.intervals import wilson
from reviewer.stats.sampling import worked_share
from tests.statistics.populations import graded, threshold_and_audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.stats.estimation import Target
    from tests.statistics.populations import Window

    Maker = Callable[[np.random.Generator], Window]


@dataclass(frozen=True)
class Runs:
    """How estimates of the same truth went, draw after draw."""

    covered: float
    bias: float
    noise: float
    width: float


def estimate_of(found: Estimate | NotEnough) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def window_runs(window: Window, rounds: int, seed: int = 7) -> Runs:
    """Review the same window again and again; the truth is its own accuracy."""
    rng = np.random.default_rng(seed)
    truth = float(window.right.mean())
    found = [_reviewed(window, rng, "window") for _ in range(rounds)]
    return _summary([(each, truth) for each in found])


def model_runs(maker: Maker, truth: float, rounds: int, seed: int = 11) -> Runs:
    """A new window each time; the truth is the accuracy of the model behind them."""
    rng = np.random.default_rng(seed)
    found = [_reviewed(maker(rng), rng, "model") for _ in range(rounds)]
    return _summary([(each, truth) for each in found])


def _reviewed(window: Window, rng: np.random.Generator, target: Target) -> Estimate:
    drawn = window.reviewed(rng)
    return estimate_of(
        weighted_mean(
            window.right[drawn],
            window.inclusion[drawn],
            lowest=float(window.inclusion.min()),
            target=target,
        )
    )


def _summary(pairs: list[tuple[Estimate, float]]) -> Runs:
    errors = np.array([each.value - truth for each, truth in pairs])
    return Runs(
        covered=float(np.mean([e.low <= truth <= e.high for e, truth in pairs])),
        bias=float(errors.mean()),
        noise=float(errors.std() / np.sqrt(errors.size)),
        width=float(np.mean([e.high - e.low for e, _ in pairs])),
    )


@pytest.mark.parametrize("wrong_easy", [0.0005, 0.003, 0.02, 0.06])
@pytest.mark.parametrize("audit", [0.02, 0.1])
def test_the_interval_holds_and_the_estimate_is_unbiased_with_threshold_and_audit(
    wrong_easy: float, audit: float
) -> None:
    rng = np.random.default_rng(3)
    window = threshold_and_audit(rng, wrong_easy=wrong_easy, audit=audit)

    runs = window_runs(window, rounds=500)

    assert runs.covered >= 0.93
    assert abs(runs.bias) <= 3.5 * runs.noise + 0.0005


def test_the_interval_holds_with_many_levels_of_probability() -> None:
    window = graded(np.random.default_rng(5))

    runs = window_runs(window, rounds=500)

    assert runs.covered >= 0.93
    assert abs(runs.bias) <= 3.5 * runs.noise + 0.0005
    assert runs.width < 0.05


def test_the_interval_of_the_model_behind_the_windows_holds() -> None:
    runs = model_runs(
        threshold_and_audit, truth=1 - (0.2 * 0.3 + 0.8 * 0.02), rounds=500
    )

    assert runs.covered >= 0.93
    assert abs(runs.bias) <= 3.5 * runs.noise + 0.0005


def test_the_share_right_among_the_reviewed_is_far_from_the_truth() -> None:
    # why weights are needed at all
    rng = np.random.default_rng(3)
    window = threshold_and_audit(rng)
    drawn = window.reviewed(rng)

    naive, truth = window.right[drawn].mean(), window.right.mean()

    assert naive < truth - 0.05


@pytest.mark.slow
@pytest.mark.parametrize("wrong_easy", [0.0, 0.0005, 0.003, 0.01, 0.02, 0.06])
@pytest.mark.parametrize("audit", [0.01, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("size", [1500, 10_000])
def test_the_interval_holds_in_every_corner(
    wrong_easy: float, audit: float, size: int
) -> None:
    rng = np.random.default_rng(17)
    window = threshold_and_audit(rng, size=size, wrong_easy=wrong_easy, audit=audit)

    runs = window_runs(window, rounds=2000)

    assert runs.covered >= 0.93


def test_an_unfinished_queue_is_a_smaller_sample_and_its_interval_still_holds() -> None:
    rng = np.random.default_rng(23)
    window = threshold_and_audit(rng, size=6000)
    pi, found = window.inclusion, []
    for _ in range(300):
        u = rng.random(pi.size)
        drawn = u < pi
        place = u[drawn] / pi[drawn]
        right = window.right[drawn]
        # wrong ones take longer to settle; half of the queue has been handed out
        delay = rng.exponential(np.where(right == 1, 0.002, 0.02))
        settled = place + delay < 0.5

        c = worked_share(u[drawn], pi[drawn], settled)
        below = place < c
        estimate = weighted_mean(right[below], c * pi[drawn][below], target="window")
        found.append((estimate_of(estimate), float(window.right.mean())))

    runs = _summary(found)
    assert runs.covered >= 0.93
    assert abs(runs.bias) <= 0.004


def test_with_equal_probabilities_it_is_wilsons_interval() -> None:
    outcomes = [1] * 180 + [0] * 20

    found = estimate_of(weighted_mean(outcomes, [0.1] * 200))

    assert found.value == pytest.approx(0.9)
    assert (found.low, found.high) == pytest.approx(wilson(180, 200))
    assert found.n == 200


def test_a_window_that_was_reviewed_whole_is_known_exactly() -> None:
    outcomes = [1] * 90 + [0] * 10

    window = estimate_of(weighted_mean(outcomes, [1.0] * 100, target="window"))
    model = estimate_of(weighted_mean(outcomes, [1.0] * 100))

    assert window.value == window.low == window.high == pytest.approx(0.9)
    assert model.low < 0.85
    assert model.high > 0.94


def test_without_an_error_in_the_audit_the_interval_still_has_room_for_some() -> None:
    # 100 audited at 1 %: up to three or four errors in a hundred would often go unseen
    outcomes = [1] * 100 + [1] * 150 + [0] * 50
    inclusion = [0.01] * 100 + [1.0] * 200

    found = estimate_of(weighted_mean(outcomes, inclusion, target="window"))

    assert found.value == pytest.approx(1 - 50 / 10_200)
    assert found.low < 0.967
    assert found.method == "Hájek, gamma"


def test_an_audit_that_drew_nobody_does_not_look_sure() -> None:
    outcomes, inclusion = [1] * 200, [1.0] * 200

    blind_spot = estimate_of(
        weighted_mean(outcomes, inclusion, lowest=0.01, target="window")
    )
    census = estimate_of(weighted_mean(outcomes, inclusion, target="window"))

    assert blind_spot.low < 0.5
    assert census.low == 1.0


def test_a_part_of_the_window_that_no_answer_stands_for_leaves_no_estimate() -> None:
    # 200 reviewed whole; 2,000 more were to be audited at 2 %, nobody has begun
    reviewed = [1] * 150 + [0] * 50

    found = weighted_mean(reviewed, [1.0] * 200, lowest=0.02, size=2200)

    assert found == NotEnough("answers that stand for the other 91%", 200)


def test_a_window_that_its_answers_stand_for_has_an_estimate_whatever_the_draw() -> (
    None
):
    rng = np.random.default_rng(31)
    window = threshold_and_audit(rng, size=2000, audit=0.02)
    for _ in range(300):
        drawn = window.reviewed(rng)
        found = weighted_mean(
            window.right[drawn], window.inclusion[drawn], lowest=0.02, size=2000
        )
        assert isinstance(found, Estimate)


def test_fewer_than_ten_answers_are_not_enough() -> None:
    assert weighted_mean([1] * 9, [0.5] * 9) == NotEnough("1 more answer", 9)
    assert weighted_mean([], []) == NotEnough("10 more answers", 0)


def test_many_items_without_an_answer_widen_the_interval_to_the_worst_cases() -> None:
    outcomes = [1.0] * 180 + [0.0] * 20
    open_ = [float("nan")] * 20

    closed = estimate_of(weighted_mean(outcomes, [0.1] * 200))
    found = estimate_of(weighted_mean(outcomes + open_, [0.1] * 220))

    assert found.value == closed.value
    assert found.low == pytest.approx(wilson(180, 220)[0])
    assert found.high == pytest.approx(wilson(200, 220)[1])
    assert "9.1% without an answer" in found.method
    assert nonresponse(outcomes + open_, [0.1] * 220) == pytest.approx(20 / 220)


def test_one_in_a_thousand_without_an_answer_changes_nothing() -> None:
    outcomes = [1.0] * 900 + [0.0] * 99

    found = weighted_mean([*outcomes, float("nan")], [0.1] * 1000)

    assert found == weighted_mean(outcomes, [0.1] * 999)


def test_precision_and_recall_of_a_label_count_what_the_audit_stands_for() -> None:
    # reviewed whole: 40 said spam, 30 are; audited at 10 %: 20 said ham, 2 are spam
    truth = ["spam"] * 30 + ["ham"] * 10 + ["ham"] * 18 + ["spam"] * 2
    said = ["spam"] * 40 + ["ham"] * 20
    inclusion = [1.0] * 40 + [0.1] * 20

    found = by_label(truth, said, inclusion, ("spam", "ham", "egg"))

    assert estimate_of(found["spam"].precision).value == pytest.approx(30 / 40)
    assert estimate_of(found["spam"].recall).value == pytest.approx(30 / (30 + 20))
    assert estimate_of(found["ham"].precision).value == pytest.approx(180 / 200)
    assert found["egg"].precision == NotEnough("10 more answers", 0)


def test_recall_per_label_holds_although_misses_hide_among_the_accepted() -> None:
    rng = np.random.default_rng(29)
    size = 6000
    is_spam = rng.random(size) < 0.3
    says_spam = np.where(is_spam, rng.random(size) < 0.9, rng.random(size) < 0.05)
    pi = np.where(says_spam, 1.0, 0.05)
    truth, said = (np.where(a, "spam", "ham") for a in (is_spam, says_spam))
    recall = float(says_spam[is_spam].mean())
    found = []
    for _ in range(300):
        drawn = rng.random(size) < pi
        quality = by_label(
            truth[drawn], said[drawn], pi[drawn], ("spam",), target="window"
        )
        found.append((estimate_of(quality["spam"].recall), recall))

    runs = _summary(found)
    assert runs.covered >= 0.93
    assert abs(runs.bias) <= 0.01


@pytest.mark.parametrize(
    ("outcomes", "inclusion", "says"),
    [
        ([1, 0], [0.5], "one inclusion probability per outcome"),
        ([1, 0], [0.5, 0.0], "in \\(0, 1\\]"),
        ([1, 0], [0.5, 1.5], "in \\(0, 1\\]"),
        ([1, 2], [0.5, 0.5], "0, 1 or NaN"),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    outcomes: list[float], inclusion: list[float], says: str
) -> None:
    for estimator in (weighted_mean, interval_from_counts):
        with pytest.raises(ValueError, match=says):
            estimator(outcomes, inclusion)
