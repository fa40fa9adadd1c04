"""Temperatures, fixed overlaps and the assumed crowd, against simulation and enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from reviewer.stats import em, tempering
from reviewer.stats.estimates import NotEnough
from reviewer.stats.stopping import fixed_overlap


def test_the_temperature_by_which_a_model_was_made_too_sure_is_found() -> None:
    rng = np.random.default_rng(11)
    honest = rng.dirichlet([0.7] * 4, size=4000)
    truth = np.array([rng.multinomial(1, row) for row in honest])
    too_sure = honest**3 / (honest**3).sum(axis=1, keepdims=True)

    found = tempering.temperature(truth, too_sure)

    assert isinstance(found, float)
    assert found == pytest.approx(3, rel=0.1)
    assert tempering.tempered(too_sure, 3.0) == pytest.approx(honest, abs=1e-4)


def test_a_temperature_needs_a_hundred_items_and_probabilities() -> None:
    few = np.full((99, 2), 0.5)

    assert isinstance(tempering.temperature(few, few), NotEnough)
    with pytest.raises(ValueError, match="truth is"):
        tempering.temperature(few, np.full((99, 3), 1 / 3))
    with pytest.raises(ValueError, match="per item"):
        tempering.temperature([0.5], [0.5])
    with pytest.raises(ValueError, match="above 0"):
        tempering.tempered([0.5, 0.5], 0)


@pytest.mark.parametrize("right", [0.6, 0.8, 0.9, 0.97])
def test_a_fixed_overlap_is_the_first_whose_majority_is_sure(right: float) -> None:
    def majority(k: int) -> float:
        chance = {1: right, 0: 1 - right}
        cases = [c for c in product((0, 1), repeat=k) if sum(c) * 2 > k]
        return sum(float(np.prod([chance[one] for one in case])) for case in cases)

    wanted = next((k for k in (1, 3, 5, 7, 9) if majority(k) >= 0.95), 9)

    assert fixed_overlap(right, sure=0.95, most=9) == wanted


def test_a_fixed_overlap_asks_for_a_probability() -> None:
    with pytest.raises(ValueError, match="probability"):
        fixed_overlap(1.2)


def test_everybody_is_assumed_to_be_right_in_four_of_five() -> None:
    crowd = em.assumed(3)

    posterior = crowd.posterior([(-1, 1), (-1, 1)])

    assert posterior[1] == pytest.approx(0.64 / (0.64 + 2 * 0.01))
    with pytest.raises(ValueError, match="two labels"):
        em.assumed(1)
