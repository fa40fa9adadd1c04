"""Agreement between people against published examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from reviewer.stats.agreement import (
    counts,
    krippendorff_alpha,
    percent_agreement,
)
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.kappa import cohen_kappa, fleiss_kappa
from reviewer.stats.likeness import alpha_by_likeness

if TYPE_CHECKING:
    from reviewer.stats.distances import Scale
    from reviewer.stats.kappa import Weights

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


@pytest.mark.parametrize(
    ("scale", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorffs_example_on_each_scale(scale: Scale, published: float) -> None:
    table, values = counts(KRIPPENDORFF, [1, 2, 3, 4, 5]), [1, 2, 3, 4, 5]

    found = estimate_of(krippendorff_alpha(table, scale=scale, values=values))

    assert found.value == pytest.approx(published, abs=0.0006)
    assert found.value == pytest.approx(by_definition(table, scale), abs=1e-12)


def by_definition(table: np.ndarray, scale: Scale) -> float:
    """Krippendorff (2011), pair by pair of answers, in plain loops."""
    units = [np.repeat(np.arange(5), row.astype(int)).tolist() for row in table]
    units = [unit for unit in units if len(unit) >= 2]
    every = [value for unit in units for value in unit]
    n_of = np.bincount(every, minlength=5)

    def d(c: int, k: int) -> float:
        low, high = sorted((c, k))
        between = n_of[low : high + 1].sum() - (n_of[c] + n_of[k]) / 2
        found = {
            "nominal": c != k,
            "ordinal": between**2,
            "interval": (c - k) ** 2,
            "ratio": ((c - k) / (c + k + 2)) ** 2,
        }
        return float(found[scale])

    observed = sum(
        d(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit
    )
    expected = sum(d(a, b) for a in every for b in every) / (len(every) - 1)
    return 1 - observed / expected


def test_three_coders_with_many_gaps_give_the_published_alphas() -> None:
    # the reliability data of three coders and fifteen units that is used as a textbook case
    rows = ["*****34121133*3", "1*213343*******", "**21344*21133*4"]
    ratings = [
        tuple(int(said) if said != "*" else None for said in unit)
        for unit in zip(*rows, strict=True)
    ]
    table = counts(ratings, [1, 2, 3, 4])

    nominal = estimate_of(krippendorff_alpha(table))
    interval = estimate_of(krippendorff_alpha(table, scale="interval"))

    assert nominal.value == pytest.approx(0.691358, abs=1e-6)
    assert interval.value == pytest.approx(0.810845, abs=1e-6)


def test_alpha_by_likeness_of_plain_values_is_nominal_alpha() -> None:
    answers = [[v for v in unit if v is not None] for unit in KRIPPENDORFF]

    exact = estimate_of(alpha_by_likeness(answers, lambda a, b: float(a == b)))
    drawn = estimate_of(
        alpha_by_likeness(answers * 9, lambda a, b: float(a == b), pairs=4000)
    )

    nominal = estimate_of(krippendorff_alpha(counts(KRIPPENDORFF)))
    assert exact.value == pytest.approx(nominal.value, abs=1e-12)
    assert drawn.value == pytest.approx(nominal.value, abs=0.02)
    with pytest.raises(ValueError, match="from 0 to 1"):
        alpha_by_likeness(answers, lambda a, b: 2.0 + (a == b))


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_weighted_kappa_is_scikit_learns(weights: Weights) -> None:
    rng = np.random.default_rng(4)
    a = rng.integers(5, size=200)
    b = np.clip(a + rng.integers(-1, 3, size=200), 0, 4)

    found = cohen_kappa(a.tolist(), b.tolist(), weights=weights, order=range(5))

    assert estimate_of(found).value == pytest.approx(
        cohen_kappa_score(a, b, weights=weights), abs=1e-12
    )


def test_fleiss_kappa_of_the_textbook_table() -> None:
    # fourteen people, ten items, five values: .210
    rows = "0 0 0 0 14,0 2 6 4 2,0 0 3 5 6,0 3 9 2 0,2 2 8 1 1,7 7 0 0 0,3 2 6 3 0"
    rows += ",2 5 3 2 2,6 5 2 1 0,0 2 2 3 7"
    table = [[int(n) for n in row.split()] for row in rows.split(",")]

    assert estimate_of(fleiss_kappa(table)).value == pytest.approx(0.20993, abs=1e-5)
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([[1, 1], [2, 1]])


def test_a_distance_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="both ways"):
        krippendorff_alpha([[1, 1], [2, 0]], distance=[[0, 1], [2, 0]])
