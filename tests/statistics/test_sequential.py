"""Gates that are looked at after every label let bad candidates pass as seldom as promised."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from reviewer.stats.counts import Counts
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intake_order import Standing, ready
from reviewer.stats.sequential import (
    PairedTest,
    differences,
    more_labels,
    sign_log_e,
)

LINE = -math.log(0.05)
few = st.integers(0, 60)


def judged(wins: int, losses: int, ties: int = 0, pi: float = 1.0) -> Counts:
    return Counts.of([1, -1, 0], [pi, pi, 1], [wins, losses, ties])


@given(few, few)
def test_the_closed_form_is_the_integral(wins: int, losses: int) -> None:
    ratio, _ = quad(
        lambda p: 2 * (2 * p) ** wins * (2 * (1 - p)) ** losses, 0.5, 1, limit=200
    )

    assert float(sign_log_e(wins, losses)) == pytest.approx(math.log(ratio), abs=1e-6)


def test_wins_without_a_loss_open_a_gate_at_the_seventh() -> None:
    # (2^(n+1) - 1)/(n + 1) is 20 or more from n = 7 on
    looks = [PairedTest().look(judged(n, 0)) for n in range(9)]

    found = [math.exp(each.log_e) for each in looks]
    assert found == pytest.approx([(2 ** (n + 1) - 1) / (n + 1) for n in range(9)])
    assert [each.holds for each in looks] == [False] * 7 + [True] * 2
    assert looks[7].p_value == pytest.approx(8 / 255)


def test_many_losses_and_many_items_stay_finite() -> None:
    assert math.isfinite(PairedTest().look(judged(10, 5_000)).log_e)
    assert math.isfinite(PairedTest().look(judged(500_000, 1)).log_e)


def test_evenly_spread_bets_are_nearly_the_closed_form() -> None:
    equal, spread = PairedTest(), PairedTest(highest=1.0, lowest=1.0 - 1e-6)

    for wins, losses in ((20, 8), (60, 30), (5, 5)):
        counts = judged(wins, losses)
        assert spread.log_e(counts) == pytest.approx(equal.log_e(counts), abs=0.02)


@given(few, few, st.integers(0, 500))
def test_ties_say_nothing_of_better_and_something_of_not_worse(
    wins: int, losses: int, ties: int
) -> None:
    better, not_worse = PairedTest(), PairedTest(margin=0.05)

    assert better.log_e(judged(wins, losses, ties)) == better.log_e(
        judged(wins, losses)
    )
    more = not_worse.log_e(judged(wins, losses, ties))
    assert more >= not_worse.log_e(judged(wins, losses)) - 1e-9


def test_a_look_counts_and_can_be_stored() -> None:
    look = PairedTest(margin=0.02, lowest=0.1).look(judged(9, 3, 80, pi=0.1))

    told = json.loads(json.dumps(look.as_json()))
    assert (told["n"], told["wins"], told["losses"], told["ties"]) == (92, 9, 3, 80)
    assert told["holds"] is False
    assert 0 < told["p_value"] <= 1


def test_nothing_yet_shows_nothing() -> None:
    for margin in (0.0, 0.02):
        look = PairedTest(margin=margin).look(Counts.of([], []))
        assert (look.n, look.holds, look.p_value) == (0, False, 1.0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"alpha": 0.0}, "level"),
        ({"margin": -0.1}, "margin"),
        ({"margin": math.nan}, "margin"),
        ({"lowest": 0.0}, "lowest"),
        ({"lowest": 0.5, "highest": 0.2}, "lowest"),
    ],
)
def test_a_test_that_cannot_be_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PairedTest(**wrong)


def test_items_outside_of_what_was_fixed_at_the_start_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        PairedTest(lowest=0.1, highest=0.5).look(judged(1, 0, pi=0.05))
    with pytest.raises(ValueError, match="-1, 0 or 1"):
        PairedTest().look(Counts.of([0.5], [1]))


def test_only_items_on_which_the_models_differ_need_a_label() -> None:
    found = differences(
        ["a", "a", "a", "a", "b"],
        ["a", "b", "b", "b", "c"],
        [None, "a", "b", "c", None],
    )

    assert found[:4].tolist() == [0, -1, 1, 0]
    assert math.isnan(found[4])


@dataclass(frozen=True)
class Race:
    """How often each alone is right, on items of two kinds with their probabilities."""

    wins: tuple[float, float]
    losses: tuple[float, float]
    pi: tuple[float, float] = (1.0, 1.0)


def stream(race: Race, rng: np.random.Generator, size: int) -> tuple[np.ndarray, ...]:
    """d and inclusion of selected items and known ties, in the order of intake."""
    kind = (rng.random(size) < 0.7).astype(int)
    wins, losses, pi = (np.array(x)[kind] for x in (race.wins, race.losses, race.pi))
    chance = rng.random(size)
    d = np.where(chance < wins, 1.0, np.where(chance < wins + losses, -1.0, 0.0))
    kept = (d == 0) | (rng.random(size) < pi)
    return d[kept], np.where(d == 0, 1.0, pi)[kept]


EQUAL = Race((0.1, 0.02), (0.1, 0.02))
# better where much is looked at, worse elsewhere: equal on the whole
CROSSED = Race((0.17, 0.01), (0.1, 0.04), pi=(1.0, 0.25))
EDGE = Race((0.1, 0.02), (0.12, 0.04))


@pytest.mark.parametrize(
    ("race", "test"),
    [
        (EQUAL, PairedTest()),
        (CROSSED, PairedTest(lowest=0.25)),
        (EDGE, PairedTest(margin=0.02)),
    ],
)
def test_looked_at_after_each_label_a_gate_opens_by_mistake_in_at_most_one_of_twenty(
    race: Race, test: PairedTest
) -> None:
    rng = np.random.default_rng(101)

    passed = [
        bool((test.path(*stream(race, rng, 1_000)) >= LINE).any()) for _ in range(500)
    ]

    assert np.mean(passed) <= 0.06


def test_the_closed_form_would_be_fooled_by_unequal_probabilities() -> None:
    # why bets are there: signs alone test what was looked at, not what there is
    rng = np.random.default_rng(102)

    passed = [
        bool((PairedTest().path(*stream(CROSSED, rng, 1_000)) >= LINE).any())
        for _ in range(100)
    ]

    assert np.mean(passed) > 0.2


def test_in_the_order_of_settling_promises_break_in_the_order_of_intake_they_hold() -> (
    None
):
    rng, test = np.random.default_rng(103), PairedTest()
    settled_first, in_order = [], []
    for _ in range(200):
        d, pi = stream(EQUAL, rng, 1_000)
        at = np.arange(d.size) + np.where(d < 0, rng.exponential(200, d.size), 0)
        by_settling = np.argsort(at)
        settled_first.append((test.path(d[by_settling], pi) >= LINE).any())
        in_order.append((test.path(d, pi) >= LINE).any())

    assert np.mean(settled_first) > 0.3
    assert np.mean(in_order) <= 0.06


def test_evidence_stops_at_the_first_open_item_and_takes_overdue_ones_at_their_worst() -> (
    None
):
    states = [
        *(Standing.SETTLED, Standing.TIE, Standing.OVERDUE),
        *(Standing.OPEN, Standing.SETTLED, Standing.TIE),
    ]
    values = [1, math.nan, math.nan, math.nan, -1, math.nan]

    found = ready(states, values, [0.1] * 6, worst=-1)

    assert found.values.tolist() == [1, 0, -1]
    assert found.inclusion.tolist() == [0.1, 1, 0.1]
    assert (found.upto, found.overdue) == (3, 1)
    assert found.counts.seen(-1) == 1


def test_without_an_open_item_all_count_and_a_settled_one_needs_its_value() -> None:
    assert ready([Standing.TIE] * 3, [math.nan] * 3, [1] * 3, worst=-1).upto == 3
    assert ready([], [], [], worst=-1).counts.n == 0
    with pytest.raises(ValueError, match="has a value"):
        ready([Standing.SETTLED], [math.nan], [1], worst=-1)
    with pytest.raises(ValueError, match="length"):
        ready([Standing.TIE], [], [], worst=-1)


@given(st.lists(st.sampled_from([*Standing]), max_size=12))
def test_what_was_counted_stays_counted_when_more_settles(
    states: list[Standing],
) -> None:
    values = np.where(np.array(states) == Standing.SETTLED, 1.0, math.nan)
    first = ready(states, values, np.ones(len(states)), worst=-1)
    then = [Standing.SETTLED if s == Standing.OPEN else s for s in states]
    later = ready(then, np.ones(len(states)), np.ones(len(states)), worst=-1)

    assert later.values[: first.upto].tolist() == first.values.tolist()


def test_about_as_many_more_labels_as_were_guessed_decide() -> None:
    rng, race = np.random.default_rng(104), Race((0.04, 0.04), (0.015, 0.015))
    test, guessed, needed = PairedTest(), [], []
    for _ in range(60):
        d, pi = stream(race, rng, 4_000)
        path = test.path(d, pi)
        stop = np.flatnonzero(path >= LINE)
        found = more_labels(test, Counts.of(d[:300], pi[:300]))
        if stop.size and stop[0] > 300 and isinstance(found, Estimate):
            guessed.append(found.value)
            needed.append(stop[0] - 299)
            assert found.low <= found.value <= found.high

    assert len(needed) >= 15
    assert 0.4 <= np.median(guessed) / np.median(needed) <= 2.5


def test_a_decided_gate_needs_no_more_and_one_going_the_wrong_way_has_no_guess() -> (
    None
):
    decided = more_labels(PairedTest(), judged(20, 0))

    assert isinstance(decided, Estimate)
    assert decided.value == 0
    assert isinstance(more_labels(PairedTest(), judged(3, 9, 100)), NotEnough)
    assert isinstance(more_labels(PairedTest(), judged(0, 0)), NotEnough)
