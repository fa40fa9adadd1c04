"""Figures of each class are those of a full count, and hold when only some were reviewed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from reviewer.stats import chance, class_totals
from reviewer.stats.class_rows import ClassesReviewed, ClassTotals
from reviewer.stats.classes import by_class
from reviewer.stats.design import plan
from reviewer.stats.estimates import Estimate, NotEnough


def window(size: int = 4000, classes: int = 3, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Probabilities that are too sure, what was said, what is true."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, (size, classes)) + np.array([0.5, 0.0, -0.5])
    chances = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    truth = (rng.random((size, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    sharp = chances**1.5
    probs = sharp / sharp.sum(axis=1, keepdims=True)
    return probs, probs.argmax(axis=1), np.minimum(truth, classes - 1)


def values(found: list) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([[e.value for e in (c.precision, c.recall, c.f1)] for c in found])


def ends(found: list) -> np.ndarray:  # type: ignore[type-arg]
    figures = [e for c in found for e in (c.precision, c.recall, c.f1)]
    return np.array([(e.low, e.value, e.high) for e in figures])


def test_a_window_reviewed_whole_has_the_figures_that_scikit_learn_counts() -> None:
    probs, said, truth = window()
    reviewed = ClassesReviewed(said, truth, np.ones(said.size), probs)

    found = by_class(reviewed, ClassTotals.of(said, probs), target="window")

    counted = precision_recall_fscore_support(truth, said)[:3]
    assert values(found) == pytest.approx(np.stack(counted, axis=1), abs=1e-9)
    assert all(c.recall.low == c.recall.value for c in found)  # type: ignore[union-attr]


def test_under_the_active_design_they_are_unbiased_and_their_intervals_hold() -> None:
    probs, said, truth = window()
    sure = probs.max(axis=1)
    counted = np.stack(precision_recall_fscore_support(truth, said)[:3], axis=1)
    everyone, rng = ClassTotals.of(said, probs), np.random.default_rng(5)
    errors, held = [], []
    for _ in range(150):
        earlier = rng.choice(said.size, 300, replace=False)
        right = (said == truth)[earlier].astype(float)
        pi = plan(sure, 700, chance.fit(right, sure[earlier])).inclusion(sure)
        drawn = rng.random(pi.size) < pi
        found = by_class(
            ClassesReviewed(said[drawn], truth[drawn], pi[drawn], probs[drawn]),
            everyone,
            lowest=float(pi.min()),
            target="window",
        )
        errors.append(values(found) - counted)
        ends = [[(e.low, e.high) for e in (c.precision, c.recall, c.f1)] for c in found]  # type: ignore[union-attr]
        low, high = np.moveaxis(np.array(ends), -1, 0)
        held.append((low <= counted) & (counted <= high))

    assert np.mean(held, axis=(0, 1)).min() >= 0.92
    noise = np.std(errors, axis=0) / np.sqrt(len(errors))
    assert np.all(np.abs(np.mean(errors, axis=0)) <= 3.5 * noise + 0.002)


def test_many_rows_put_together_say_what_they_say_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probs, said, truth = window(30_000)
    pi = np.where(probs.max(axis=1) < 0.7, 0.5, 0.1)
    drawn = np.random.default_rng(7).random(pi.size) < pi
    given = ClassesReviewed(said[drawn], truth[drawn], pi[drawn], probs[drawn])
    everyone = ClassTotals.of(said, probs)

    apart = by_class(given, everyone)
    monkeypatch.setattr(class_totals, "MANY_ROWS", 0)
    together = by_class(given, everyone)

    assert ends(together) == pytest.approx(ends(apart), abs=1e-4)
    assert [c.f1.n for c in together] == [c.f1.n for c in apart]


def test_a_row_that_stands_for_several_is_as_good_as_all_of_them() -> None:
    probs, said, truth = window(300)
    many = np.random.default_rng(8).integers(1, 9, 300)
    rows = np.repeat(np.arange(300), many)
    everyone = ClassTotals.of(said[rows], probs[rows])
    pi = np.full(300, 0.9)

    apart = by_class(
        ClassesReviewed(said[rows], truth[rows], pi[rows], probs[rows]), everyone
    )
    grouped = by_class(ClassesReviewed(said, truth, pi, probs, many), everyone)

    # dealt to other folds, so not to the last digit
    assert ends(grouped) == pytest.approx(ends(apart), abs=2e-3)
    assert [c.recall.n for c in grouped] == [c.recall.n for c in apart]


def test_the_sums_of_all_predictions_add_up_to_them() -> None:
    probs, said, _ = window()

    totals = ClassTotals.of(said, probs)

    assert totals.said.sum(axis=0).tolist() == np.bincount(said).tolist()
    # each prediction's rest is shared out once
    assert totals.others.sum() == pytest.approx(said.size)


def test_a_class_hardly_reviewed_has_no_figures() -> None:
    probs, said, truth = window(200)
    few = np.r_[np.flatnonzero(said != 2), np.flatnonzero(said == 2)[:3]]
    reviewed = ClassesReviewed(said[few], truth[few], np.ones(few.size), probs[few])

    found = by_class(reviewed, ClassTotals.of(said, probs))

    assert found[2].precision == NotEnough("7 more answers", 3)
    assert isinstance(found[2].f1, NotEnough)
    assert isinstance(found[0].precision, Estimate)


def test_without_answers_no_class_has_figures() -> None:
    probs, said, _ = window(50)
    nothing = ClassesReviewed([], [], [], np.empty((0, 3)))

    found = by_class(nothing, ClassTotals.of(said, probs))

    assert [c.recall for c in found] == [NotEnough("10 more answers", 0)] * 3


def test_a_class_without_an_error_does_not_look_sure() -> None:
    probs = np.tile([[0.95, 0.05], [0.05, 0.95]], (100, 1))
    said = probs.argmax(axis=1)
    part = np.arange(40)

    found = by_class(
        ClassesReviewed(said[part], said[part], np.full(40, 0.2), probs[part]),
        ClassTotals.of(said, probs),
    )

    for figures in found:
        for each in (figures.precision, figures.recall, figures.f1):
            assert isinstance(each, Estimate)
            assert each.low < 0.95


@pytest.mark.parametrize(
    ("probs", "truth", "pi", "says"),
    [
        ([[0.9, np.nan]], [0], [0.5], "add up to 1"),
        ([[0.9, 0.9]], [0], [0.5], "add up to 1"),
        ([[0.9, 0.1]], [2], [0.5], "from 0 to 1"),
        ([[0.9, 0.1]], [0], [0.0], "in \\(0, 1\\]"),
        ([[0.9, 0.1]], [0, 1], [0.5], "differ in length"),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    probs: list[list[float]], truth: list[int], pi: list[float], says: str
) -> None:
    everyone = ClassTotals.of([0], [[0.9, 0.1]])

    with pytest.raises(ValueError, match=says):
        by_class(ClassesReviewed([0], truth, pi, probs), everyone)
