"""The order in which items are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from benchmarks.bars.populations import load
from reviewer.stats.ordering import (
    confidence,
    margin,
    normalised_margin,
    order,
    self_confidence,
)

PROBS = [[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.05, 0.05, 0.9]]


def test_the_scores_of_a_small_table_are_as_by_hand() -> None:
    assert margin(PROBS) == pytest.approx([0.2, 0, 0.85])
    assert confidence(PROBS) == pytest.approx([0.5, 0.4, 0.9])
    assert self_confidence(PROBS, [0, 2, 0]) == pytest.approx([0.5, 0.2, 0.05])
    assert normalised_margin(PROBS, [0, 2, 0]) == pytest.approx([0.6, 0.4, 0.075])
    assert order(margin(PROBS)).tolist() == [1, 0, 2]


@settings(deadline=None)
@given(seed=some.integers(0, 10_000), labels=some.integers(2, 12))
def test_margins_are_those_of_sorted_rows(seed: int, labels: int) -> None:
    probs = np.random.default_rng(seed).dirichlet(np.ones(labels), size=20)
    rows = np.sort(probs, axis=1)

    assert margin(probs) == pytest.approx(rows[:, -1] - rows[:, -2])
    assert normalised_margin(probs, probs.argmax(axis=1)) == pytest.approx(
        (margin(probs) + 1) / 2
    )


@pytest.mark.parametrize("wrong", [[[np.nan, 1.0]], [[0.5]], [[1.5, -0.5]]])
def test_what_is_no_probability_gets_no_place(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"probabilities|labels"):
        margin(wrong)


def test_a_given_label_has_a_column() -> None:
    with pytest.raises(ValueError, match="0 to 2"):
        self_confidence(PROBS, [0, 1, 3])


@pytest.mark.parametrize(("name", "least"), [("cifar10", 415), ("20news", 372)])
def test_margin_finds_errors_first(name: str, least: int) -> None:
    try:
        each = load(name)
    except LookupError as missing:
        pytest.skip(str(missing))

    first = order(margin(each.probs))[:1000]

    assert (1 - each.right[first]).sum() >= least
