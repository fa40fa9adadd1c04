"""Cost per event: about unbiased, and its interval holds, also where events are few."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.cost_ratio import cost_per_event
from reviewer.stats.estimates import Estimate, NotEnough


def test_it_is_the_ratio_of_the_sums() -> None:
    found = cost_per_event([6.0] * 40, [1] * 20 + [0] * 20)

    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(12.0)
    assert found.n == 40


@pytest.mark.parametrize(("n", "share"), [(200, 0.15), (2000, 0.02), (400, 0.5)])
def test_its_interval_holds_where_errors_take_longer(n: int, share: float) -> None:
    rng = np.random.default_rng(n)
    truth = (share * 12 + (1 - share) * 5) / share
    inside, enough = 0, 0
    for _ in range(1000):
        event = rng.random(n) < share
        cost = rng.gamma(2, np.where(event, 6.0, 2.5))
        found = cost_per_event(cost, event)
        if isinstance(found, Estimate):
            enough += 1
            inside += found.low <= truth <= found.high

    assert enough > 950
    assert inside / enough >= 0.93


def test_few_events_are_not_enough() -> None:
    assert cost_per_event([5.0] * 50, [1] * 7 + [0] * 43, what="errors") == NotEnough(
        "3 more errors", 50
    )
    assert isinstance(cost_per_event([], []), NotEnough)


@pytest.mark.parametrize(
    ("costs", "events"), [([-1.0], [1]), ([1.0], [0.5]), ([1.0, 2.0], [1])]
)
def test_what_is_no_cost_or_event_is_refused(costs: object, events: object) -> None:
    with pytest.raises(ValueError, match="one cost"):
        cost_per_event(costs, events)  # type: ignore[arg-type]
