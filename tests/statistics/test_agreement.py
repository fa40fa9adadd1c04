"""Agreement between people against published examples."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.agreement import (
    cohen_kappa,
    counts,
    krippendorff_alpha,
    percent_agreement,
)
from reviewer.stats.estimates import Estimate, NotEnough

# Krippendorff (2011), example C: four observers, twelve units, gaps
KRIPPENDORFF = [
    (1, 1, None, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (None, 5, 5, 5),
    (None, None, 1, 1),
    (None, None, 3, None),
]


def estimate_of(found: Estimate | NotEnough) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def test_alpha_of_krippendorffs_own_example_is_743() -> None:
    found = estimate_of(krippendorff_alpha(counts(KRIPPENDORFF)))

    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.low < found.value < found.high
    assert found.n == 11


def test_two_people_without_gaps_give_krippendorffs_binary_example() -> None:
    # Krippendorff (2011), example A: ten articles, alpha .095
    one, two = "0100000010", "1110010000"
    pairs = list(zip(one, two, strict=True))

    assert estimate_of(krippendorff_alpha(counts(pairs))).value == pytest.approx(
        0.095, abs=0.0005
    )


def test_people_who_agree_on_everything_have_an_alpha_of_one() -> None:
    found = estimate_of(
        krippendorff_alpha(counts([("a", "a"), ("b", "b"), ("c", "c")]))
    )

    assert found.value == 1


def test_guessing_people_have_an_alpha_near_nought_although_many_answers_agree() -> (
    None
):
    rng = np.random.default_rng(1)
    rare = rng.random((400, 3)) < 0.1
    table = np.stack([rare.sum(axis=1), (~rare).sum(axis=1)], axis=1)

    assert abs(estimate_of(krippendorff_alpha(table)).value) < 0.1
    assert estimate_of(percent_agreement(table)).value > 0.75


def test_the_interval_of_alpha_holds() -> None:
    rng = np.random.default_rng(2)

    def table(items: int) -> np.ndarray:
        truth = rng.integers(4, size=(items, 1))
        said = np.where(
            rng.random((items, 3)) < 0.8, truth, rng.integers(4, size=(items, 3))
        )
        return np.stack([(said == v).sum(axis=1) for v in range(4)], axis=1)

    truth = estimate_of(krippendorff_alpha(table(200_000), rounds=1)).value
    found = [
        estimate_of(krippendorff_alpha(table(150), rounds=200)) for _ in range(150)
    ]

    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.9


def test_percent_agreement_counts_pairs_and_each_item_once() -> None:
    found = estimate_of(
        percent_agreement(counts([("a", "a"), ("a", "a", "b"), ("a",)]))
    )

    assert found.value == pytest.approx((1 + 1 / 3) / 2)
    assert found.n == 2


def test_kappa_of_the_usual_textbook_table_is_four_tenths() -> None:
    # 50 items: both yes 20, only the first 5, only the second 10, both no 15
    first = "y" * 25 + "n" * 25
    second = "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15

    found = estimate_of(cohen_kappa(first, second))

    assert found.value == pytest.approx(0.4)
    assert found.low < 0.4 < found.high


@pytest.mark.parametrize("ratings", [[], [("a", None)], [("a", "a"), ("b", None)]])
def test_without_two_items_that_two_answered_there_is_no_agreement(
    ratings: list[tuple[str | None, ...]],
) -> None:
    table = counts(ratings)

    assert isinstance(krippendorff_alpha(table), NotEnough)
    assert isinstance(percent_agreement(table), NotEnough)


def test_one_and_the_same_value_throughout_tells_nothing_beyond_chance() -> None:
    assert isinstance(krippendorff_alpha(counts([("a", "a")] * 9)), NotEnough)
    assert isinstance(cohen_kappa("aaa", "aaa"), NotEnough)


def test_kappa_needs_the_same_items_from_both() -> None:
    with pytest.raises(ValueError, match="3 and 2"):
        cohen_kappa("aba", "ab")
