"""When a version on trial counts as worse than the one in use."""

from __future__ import annotations

import pytest

from registry_bridge import health
from registry_bridge.gateways.tallies import Tally


def tally(answered: int, failed: int = 0, *, ms: float = 10, slow: int = 0) -> Tally:
    found = Tally()
    for at in range(answered):
        found = found.answered((ms * 10 if at < slow else ms) / 1000)
    for _ in range(failed):
        found = found.missed(failed=True)
    return found


@pytest.mark.parametrize(
    ("tried", "others"),
    [
        (Tally(), Tally()),
        (tally(200), tally(2000)),
        (tally(0, failed=1), tally(10)),
        (tally(198, failed=2), tally(2000)),
        (tally(200, ms=40), tally(2000)),
        (tally(200, ms=150), tally(2000, ms=100)),
        (tally(19, ms=5000), tally(2000)),
        (tally(200, ms=100, slow=4), tally(2000, ms=100)),
    ],
)
def test_nothing_speaks_against_what_is_about_as_good(
    tried: Tally, others: Tally
) -> None:
    assert health.why_unhealthy(tried, others) == ""


@pytest.mark.parametrize(
    ("tried", "others", "said"),
    [
        (tally(0, failed=2), tally(10), "2 of its 2 calls"),
        (tally(190, failed=10), tally(2000), "10 of its 200 calls"),
        (tally(200, ms=300), tally(2000, ms=100), "took longer than"),
        (tally(200, ms=100, slow=60), tally(2000, ms=100), "60 of its 200 answers"),
    ],
)
def test_failed_and_slow_calls_speak_against_it(
    tried: Tally, others: Tally, said: str
) -> None:
    assert said in health.why_unhealthy(tried, others)


def test_calls_that_no_version_could_answer_do_not_count_against_it() -> None:
    tried = tally(50)
    for _ in range(50):
        tried = tried.missed(failed=False)

    assert health.why_unhealthy(tried, tally(50)) == ""


def test_a_tally_is_told_and_read_again_as_it_was() -> None:
    counted = tally(30, failed=3, ms=12.5, slow=2)

    assert Tally.from_json(counted.as_json()) == counted
    assert counted.within(0.5) == pytest.approx(16)
    assert counted.slower(50) == 2
    assert tally(1, ms=10_000_000).slower(1000) == 1
