"""A challenger is called better only when it is, whatever was reviewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binomtest

from reviewer.stats.comparison import (
    Comparison,
    betting_test,
    compare,
    confusion,
    harm,
    sign_test,
)
from reviewer.stats.estimates import NotEnough
from reviewer.stats.multiplicity import holm

HARD, EASY = 0.3, 0.7


@dataclass(frozen=True)
class Race:
    """How often a challenger differs from the champion, and by how much, by difficulty."""

    gain_hard: float
    gain_easy: float
    differs: float = 0.16

    @property
    def gain(self) -> float:
        return HARD * self.gain_hard + EASY * self.gain_easy


EQUAL = Race(0.0, 0.0)
# better where everything is reviewed, worse where little is: equal on the whole
CROSSED = Race(0.7 * 0.2, -0.3 * 0.2)
TEN_POINTS = Race(0.1, 0.1)


def run(race: Race, rng: np.random.Generator, size: int) -> Comparison:
    hard = rng.random(size) < HARD
    pi = np.where(hard, 0.2, 0.05)
    gain = np.where(hard, race.gain_hard, race.gain_easy)
    chance = rng.random(size)
    wins = (race.differs + gain) / 2
    difference = np.where(chance < wins, 1, np.where(chance < race.differs, -1, 0))
    champion = np.where(difference == 0, rng.random(size) < 0.9, difference < 0)
    drawn = rng.random(size) < pi
    found = compare(
        champion[drawn], (champion + difference)[drawn], pi[drawn], lowest=0.05
    )
    assert isinstance(found, Comparison)
    return found


def runs(race: Race, *, size: int = 4000, rounds: int = 400) -> list[Comparison]:
    rng = np.random.default_rng(41)
    return [run(race, rng, size) for _ in range(rounds)]


@pytest.mark.parametrize("race", [EQUAL, CROSSED])
def test_an_equally_good_challenger_is_seldom_called_better(race: Race) -> None:
    found = runs(race)

    assert race.gain == pytest.approx(0)
    assert np.mean([each.p_value <= 0.05 for each in found]) <= 0.05
    assert np.mean([each.difference.low > 0 for each in found]) <= 0.04
    assert (
        np.mean([each.difference.low <= 0 <= each.difference.high for each in found])
        >= 0.93
    )
    assert abs(np.mean([each.difference.value for each in found])) <= 0.005


def test_the_unweighted_sign_test_is_fooled_by_what_was_reviewed() -> None:
    # why the betting test is there
    found = runs(CROSSED)

    assert np.mean([sign_test(each.wins, each.losses) <= 0.05 for each in found]) > 0.3


def test_ten_points_better_is_found() -> None:
    found = runs(TEN_POINTS, size=6000)

    assert np.mean([each.p_value <= 0.05 for each in found]) >= 0.9
    assert np.mean([each.difference.low > 0 for each in found]) >= 0.95
    assert (
        np.mean([each.difference.low <= 0.1 <= each.difference.high for each in found])
        >= 0.93
    )


def test_the_betting_tests_p_value_is_never_too_small_too_often() -> None:
    rng = np.random.default_rng(43)
    pi = np.array([0.2, 0.05, 0.05])
    found = []
    for _ in range(3000):
        which = rng.integers(3, size=1500)
        difference = rng.choice([-1, 1], size=1500)
        drawn = rng.random(1500) < pi[which]
        found.append(betting_test(difference[drawn], pi[which][drawn], lowest=0.05))

    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(found) <= level) <= level


def test_with_equal_probabilities_the_test_is_exact_mcnemar() -> None:
    champion = [1] * 80 + [0] * 15 + [1] * 5
    challenger = [1] * 80 + [1] * 15 + [0] * 5

    found = compare(champion, challenger, [0.25] * 100)

    assert isinstance(found, Comparison)
    assert (found.wins, found.losses, found.ties, found.n) == (15, 5, 80, 100)
    assert found.p_value == pytest.approx(binomtest(15, 20, 0.5, "greater").pvalue)
    assert found.difference.value == pytest.approx(0.1)
    assert found.method == "exact sign test"


def test_equal_probabilities_among_the_answered_are_not_enough_for_mcnemar() -> None:
    found = compare([0] * 50, [1] * 50, [1.0] * 50, lowest=0.01)

    assert isinstance(found, Comparison)
    assert found.method == "betting test, weighted"
    assert found.p_value > sign_test(50, 0)


def test_a_difference_counts_what_each_item_stands_for() -> None:
    # ten reviewed whole where the challenger wins, ten audited at 10 % where it loses one
    champion = [0] * 10 + [1] * 10
    challenger = [1] * 10 + [1] * 9 + [0]

    found = compare(champion, challenger, [1.0] * 10 + [0.1] * 10)

    assert isinstance(found, Comparison)
    assert found.difference.value == pytest.approx((10 - 10) / 110)
    assert found.champion.value == pytest.approx(100 / 110)
    assert found.challenger.value == pytest.approx((10 + 90) / 110)


def test_models_that_never_differ_are_not_told_apart() -> None:
    found = compare([1] * 200, [1] * 200, [0.5] * 200)

    assert isinstance(found, Comparison)
    assert found.p_value == 1.0
    assert found.difference.low < 0 < found.difference.high


def test_a_comparison_needs_ten_items() -> None:
    assert isinstance(compare([1] * 9, [1] * 9, [1.0] * 9), NotEnough)


def test_a_comparison_reads_as_json() -> None:
    found = compare([1] * 20, [1] * 20, [1.0] * 20)

    assert isinstance(found, Comparison)
    plain = found.as_json()
    assert plain["ties"] == 20
    assert plain["difference"] == found.difference.as_json()


def test_unknown_answers_are_left_out_by_the_caller_not_guessed() -> None:
    with pytest.raises(ValueError, match="leave out"):
        compare([float("nan")] * 10, [1] * 10, [1.0] * 10)


def test_a_confusion_matrix_has_the_truth_in_rows_and_weights_in_cells() -> None:
    truth, said = ["a", "a", "b", "b"], ["a", "b", "b", "b"]

    assert confusion(truth, said, ["a", "b"]).tolist() == [[1, 1], [0, 2]]
    assert confusion(truth, said, ["a", "b"], [1, 10, 2, 2]).tolist() == [
        [1, 10],
        [0, 4],
    ]
    assert confusion([], [], ["a", "b"]).tolist() == [[0, 0], [0, 0]]


def test_a_confusion_matrix_refuses_labels_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="not among the labels: c"):
        confusion(["a"], ["c"], ["a", "b"])


def vetoes(rng: np.random.Generator) -> np.ndarray:
    """Which of 20 slices without harm are called harmed by one look, Holm over all."""
    p_values = []
    for _ in range(20):
        chance = rng.random(600)
        d = np.where(chance < 0.06, -1, np.where(chance > 0.94, 1, 0))
        champion = np.where(d == 0, rng.random(600) < 0.9, d < 0)
        pi = np.where(rng.random(600) < 0.5, 0.4, 0.1)
        drawn = rng.random(600) < pi
        old, new, pi = champion[drawn], (champion + d)[drawn], pi[drawn]
        p_values.append(harm(old, new, pi, lowest=0.1))
    return holm(p_values)


def test_a_veto_on_harm_to_any_slice_is_seldom_raised_by_chance() -> None:
    rng = np.random.default_rng(47)

    assert np.mean([vetoes(rng).any() for _ in range(250)]) <= 0.06


def test_harm_is_the_same_test_the_other_way_round() -> None:
    champion, challenger = [1] * 15 + [0] * 5, [0] * 15 + [1] * 5

    assert harm(champion, challenger, [0.25] * 20) == pytest.approx(
        binomtest(15, 20, 0.5, "greater").pvalue
    )
    assert harm(challenger, champion, [0.25] * 20) > 0.9
    assert harm([], [], []) == 1.0


def test_twenty_points_of_harm_to_one_slice_of_twenty_are_found() -> None:
    rng = np.random.default_rng(53)
    found = []
    for _ in range(100):
        p_values = []
        for at in range(20):
            chance = rng.random(300)
            lost = 0.25 if at == 0 else 0.05
            d = np.where(chance < lost, -1, np.where(chance > 0.95, 1, 0))
            p_values.append(harm(d < 0, d > 0, np.ones(300)))
        found.append(holm(p_values))

    assert np.mean([each[0] for each in found]) >= 0.95
    assert np.mean([each[1:].any() for each in found]) <= 0.06
