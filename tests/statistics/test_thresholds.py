"""A threshold's promise is broken as seldom as was promised, whoever looks how often."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from reviewer.stats.estimates import NotEnough
from reviewer.stats.planned_test import allowed, log_chance
from reviewer.stats.promises import (
    Answers,
    Fitted,
    Threshold,
    grid,
    labels_needed,
    labels_to_start,
    part_of_delta,
)
from reviewer.stats.threshold_process import fitted, start, take
from reviewer.stats.threshold_state import Process
from reviewer.stats.thresholds import fit, fit_each

ALPHA, DELTA = 0.05, 0.1


@dataclass(frozen=True)
class Sample:
    """Predictions of a synthetic model, and what people said of them."""

    confidence: np.ndarray
    wrong: np.ndarray
    pi: np.ndarray

    @property
    def answers(self) -> Answers:
        return Answers.of(self.confidence, self.wrong, self.pi)


def risk(confidence: np.ndarray) -> np.ndarray:
    """The chance that a prediction of this confidence is wrong: the mean is 12 %."""
    return np.asarray(0.3 * (1 - confidence) ** 1.5)


def risk_above(threshold: float) -> float:
    """The share of errors among confidences evenly spread over threshold..1."""
    return float(0.3 * (1 - threshold) ** 1.5 / 2.5)


TRUE_LIMIT = 1 - (ALPHA * 2.5 / 0.3) ** (1 / 1.5)


def sample(rng: np.random.Generator, size: int, *, weighted: bool = False) -> Sample:
    confidence = rng.random(size)
    wrong = (rng.random(size) < risk(confidence)).astype(float)
    pi = np.where(confidence < 0.5, 1.0, 0.25) if weighted else np.ones(size)
    drawn = rng.random(size) < pi
    return Sample(confidence[drawn], wrong[drawn], pi[drawn])


EVERYTHING = np.linspace(0, 1, 2_001)
INCLUSION = np.where(EVERYTHING < 0.5, 1.0, 0.25)


def begun(planned: int, *, weighted: bool = False) -> Process:
    pi = INCLUSION if weighted else 1.0
    found = start(EVERYTHING, pi, alpha=ALPHA, delta=DELTA, planned=planned)
    assert isinstance(found, Process), found
    return found


def is_broken(found: Threshold) -> bool:
    return isinstance(found, Fitted) and risk_above(found.threshold) > ALPHA


@pytest.mark.parametrize(
    ("alpha", "delta", "n"),
    [
        (0.02, 0.1, 114),
        (0.01, 0.1, 230),
        (0.01, 0.05, 299),
        (0.05, 0.05, 59),
        (0.5, 0.25, 2),
    ],
)
def test_so_many_answers_without_an_error_show_the_promise_and_one_less_does_not(
    alpha: float, delta: float, n: int
) -> None:
    assert labels_needed(alpha, delta) == n
    assert binom.cdf(0, n, alpha) <= delta + 1e-12 < binom.cdf(0, n - 1, alpha)


def test_any_number_of_fits_spends_one_delta() -> None:
    parts = [part_of_delta(0.05, fit_) for fit_ in range(1, 2_000)]

    assert 0.0499 < sum(parts) < 0.05
    assert parts[0] == pytest.approx(0.05 * 6 / math.pi**2)
    with pytest.raises(ValueError, match="from 1"):
        part_of_delta(0.05, 0)


def test_a_grid_goes_from_strict_to_lax_over_confidences_that_occur() -> None:
    made = grid([0.9, 0.8, 0.8, 0.2, 1.0], 0.2, points=5)

    assert made.thresholds == (1.0, 0.9, 0.8, 0.2)
    assert made.shares == (0.2, 0.4, 0.8, 1.0)
    assert made.places([1.0, 0.95, 0.9, 0.3, 0.1]).tolist() == [0, 1, 1, 3, 4]


def test_equal_confidences_are_one_threshold() -> None:
    assert grid([1.0] * 50, 0.1).thresholds == (1.0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_grid_says_truly_what_each_threshold_accepts(
    confidence: list[float], strictest: float
) -> None:
    made = grid(confidence, strictest)
    shares = [np.mean(np.array(confidence) >= t) for t in made.thresholds]

    assert made.shares == pytest.approx(shares)
    assert list(made.thresholds) == sorted(set(made.thresholds), reverse=True)
    assert made.shares[0] >= strictest - 1e-9
    assert made.thresholds[-1] == min(confidence)


@pytest.mark.parametrize(("weighted", "size"), [(False, 1_500), (True, 6_000)])
def test_looked_at_once_a_promise_is_broken_as_seldom_as_said(
    weighted: bool, size: int
) -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(150):
        given_ = sample(rng, size, weighted=weighted).answers
        found.append(fit(given_, EVERYTHING, alpha=ALPHA, delta=DELTA))

    thresholds = [each.threshold for each in found if isinstance(each, Fitted)]
    assert np.mean([is_broken(each) for each in found]) <= 0.13
    assert len(thresholds) >= 140
    assert TRUE_LIMIT < np.median(thresholds) < TRUE_LIMIT + 0.25


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("weighted", "size"), [(False, 3_000), (True, 6_000)])
def test_looked_at_twenty_times_a_promise_is_broken_as_seldom_as_said(
    weighted: bool, size: int
) -> None:
    rng, broken, accepted = np.random.default_rng(2), [], []
    for _ in range(150):
        process, ever = begun(size // 2, weighted=weighted), False
        given_ = sample(rng, size, weighted=weighted).answers
        for at in np.array_split(np.arange(given_.wrong.size), 20):
            process = take(process, given_.part(slice(at[0], at[-1] + 1)))
            found = fitted(process)
            ever |= is_broken(found)
        broken.append(ever)
        accepted.append(found.accepted.value if isinstance(found, Fitted) else 0)

    assert np.mean(broken) <= 0.15
    assert np.median(accepted) >= 0.5 * (1 - TRUE_LIMIT)


def test_naively_looked_at_the_promise_would_be_broken_often() -> None:
    # why all this is there: the laxest threshold with at most alpha seen wrong
    rng, broken = np.random.default_rng(3), 0
    for _ in range(200):
        given_ = sample(rng, 1_500)
        order = np.argsort(-given_.confidence)
        share = np.cumsum(given_.wrong[order]) / np.arange(1, order.size + 1)
        laxest = given_.confidence[order][np.flatnonzero(share <= ALPHA)[-1]]
        broken += risk_above(float(laxest)) > ALPHA

    assert broken / 200 > 0.3


def test_the_answers_in_parts_stored_between_are_the_same_as_at_once() -> None:
    for weighted in (False, True):
        given_ = sample(np.random.default_rng(4), 900, weighted=weighted).answers
        whole = take(begun(500, weighted=weighted), given_)

        part = begun(500, weighted=weighted)
        for at in range(0, given_.wrong.size, 113):
            part = Process.from_json(json.loads(json.dumps(part.as_json())))
            part = take(part, given_.part(slice(at, at + 113)))

        assert part.best == pytest.approx(whole.best)
        assert replace(part, best=whole.best) == whole


def test_the_process_is_what_one_gets_item_by_item() -> None:
    given_ = sample(np.random.default_rng(5), 400).answers
    process = take(begun(300), given_)

    for at in (0, 20, len(process.best) - 1):
        inside = given_.confidence >= process.grid.thresholds[at]
        wrong, planned = given_.wrong[inside], process.planned[at]
        most = allowed(planned, ALPHA, 0.75 * DELTA)
        logs, n, errors, plan, aim = np.zeros(20), 0, 0, 1.0, 0.0
        best = 0.0
        for each in wrong:
            logs += np.log1p(process.bets * (ALPHA - each))
            if n < planned:
                n, errors = n + 1, errors + int(each)
                aim = binom.cdf(most - errors, planned - n, ALPHA)
                plan = aim / binom.cdf(most, planned, ALPHA)
            e = 0.25 * np.exp(logs).mean() + 0.75 * plan
            best = max(best, math.log(e))

        assert process.best[at] == pytest.approx(best)


@given(st.integers(0, 30), st.integers(1, 40), st.floats(0.01, 0.5))
def test_the_planned_test_gains_nothing_on_average_at_the_edge(
    n: int, planned: int, alpha: float
) -> None:
    most = max(0, allowed(planned, alpha, 0.5))
    errors = np.arange(n + 1)

    def e(n_: int, errors_: np.ndarray) -> np.ndarray:
        size = np.full(errors_.shape, planned)
        return np.exp(
            log_chance(
                np.full(errors_.shape, most),
                size,
                np.full(errors_.shape, n_),
                errors_,
                alpha,
            )
        )

    if n < planned:
        then = alpha * e(n + 1, errors + 1) + (1 - alpha) * e(n + 1, errors)
        assert then == pytest.approx(e(n, errors), abs=1e-12)
    assert e(0, np.zeros(1, dtype=int)) == pytest.approx(1)
    assert np.all(np.diff(e(n, errors)) <= 1e-12)


def test_the_planned_tests_errors_are_those_of_the_exact_test() -> None:
    for planned, alpha, level in (
        (300, 0.02, 0.075),
        (2_000, 0.05, 0.05),
        (40, 0.1, 0.1),
    ):
        most = allowed(planned, alpha, level)
        assert (
            binom.cdf(most, planned, alpha)
            <= level
            < binom.cdf(most + 1, planned, alpha)
        )
    assert allowed(10, 0.02, 0.05) == -1


def test_what_has_no_answer_counts_as_wrong() -> None:
    given_ = sample(np.random.default_rng(6), 1_500)
    closed = np.where(np.arange(given_.wrong.size) % 20, given_.wrong, math.nan)
    as_wrong = np.where(np.isnan(closed), 1.0, closed)

    both = [Answers.of(given_.confidence, w, given_.pi) for w in (closed, as_wrong)]

    found = [fit(each, EVERYTHING, alpha=ALPHA, delta=DELTA) for each in both]
    assert found[0] == found[1]


def test_a_fit_says_what_it_accepts_and_can_be_stored() -> None:
    given_ = sample(np.random.default_rng(7), 1_500)
    found = fit(given_.answers, EVERYTHING, alpha=ALPHA, delta=DELTA)

    assert isinstance(found, Fitted)
    assert found.accepted.value == pytest.approx(1 - found.threshold, abs=0.001)
    assert found.wrong.high == ALPHA
    assert found.wrong.level == 1 - DELTA
    assert found.n == (given_.confidence >= found.threshold).sum()
    assert json.loads(json.dumps(found.as_json()))["wrong"]["n"] == found.n


def test_each_label_has_a_threshold_of_its_own() -> None:
    rng = np.random.default_rng(8)
    good, bad = sample(rng, 1_500), rng.random(1_500)
    confidence = np.concatenate([good.confidence, bad])
    wrong = np.concatenate([good.wrong, (rng.random(1_500) < 0.3).astype(float)])
    said, said_of_all = ["cat"] * 1_500 + ["dog"] * 1_500, ["cat", "dog"] * 2_001

    found = fit_each(
        Answers.of(confidence, wrong, np.ones(3_000)),
        said,
        np.repeat(EVERYTHING, 2),
        said_of_all,
        alpha=ALPHA,
        delta=DELTA,
    )

    assert isinstance(found["cat"], Fitted)
    assert isinstance(found["dog"], NotEnough)


def test_too_few_answers_say_how_many_more() -> None:
    few = sample(np.random.default_rng(9), 30).answers
    wanted = labels_to_start(ALPHA, DELTA, exact=True)

    found = fit(few, EVERYTHING, alpha=ALPHA, delta=DELTA)
    assert found == NotEnough(f"{wanted - 30} more answers", 30)
    nothing = Answers.of([], [], [])
    assert fit(nothing, EVERYTHING, alpha=ALPHA, delta=DELTA).n == 0
    planned = start(EVERYTHING, 1.0, alpha=ALPHA, delta=DELTA, planned=30)
    assert planned == NotEnough(f"a plan of {wanted} answers", 0)
    assert isinstance(fitted(begun(500)), NotEnough)
    assert isinstance(start([], 1.0, alpha=ALPHA, delta=DELTA, planned=99), NotEnough)


def test_as_many_right_answers_as_the_process_lacks_are_enough() -> None:
    process = begun(500)
    lacking = fitted(process)
    assert isinstance(lacking, NotEnough)
    more = int(lacking.missing.split()[0])

    right = Answers.of([1.0] * more, [0] * more, [1] * more)
    assert isinstance(fitted(take(process, right)), Fitted)


def test_a_model_that_is_always_wrong_gets_no_threshold() -> None:
    wrong = Answers.of(np.linspace(0, 1, 800), np.ones(800), np.ones(800))

    assert isinstance(fit(wrong, EVERYTHING, alpha=ALPHA, delta=DELTA), NotEnough)
    assert isinstance(fitted(take(begun(800), wrong)), NotEnough)


def test_a_model_that_is_always_right_is_accepted_whole() -> None:
    right = Answers.of(np.linspace(0, 1, 800), np.zeros(800), np.ones(800))

    for found in (
        fit(right, EVERYTHING, alpha=ALPHA, delta=DELTA),
        fitted(take(begun(800), right)),
    ):
        assert isinstance(found, Fitted)
        assert found.threshold == 0


@pytest.mark.parametrize(
    ("confidence", "wrong", "pi", "said"),
    [
        ([math.nan], [1], [1], "0 to 1"),
        ([0.5], [2], [1], "NaN"),
        ([0.5], [1], [0], "inclusion"),
        ([0.5, 0.6], [1], [1], "length"),
    ],
)
def test_answers_that_cannot_be_are_refused(
    confidence: list[float], wrong: list[float], pi: list[float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Answers.of(confidence, wrong, pi)


def test_a_process_refuses_other_probabilities_and_other_bets_than_it_began_with() -> (
    None
):
    with pytest.raises(ValueError, match="outside"):
        take(begun(500), Answers.of([0.5], [0], [0.5]))
    told = begun(500).as_json()
    told["bets"] = [2 * each for each in told["bets"]]
    with pytest.raises(ValueError, match="other bets"):
        Process.from_json(told)
