"""Whether a version on trial does worse than the one in use: failed calls, slow answers; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reviewer.stats.intervals import wilson

if TYPE_CHECKING:
    from registry_bridge.gateways.tallies import Tally

# Looked at every second, so only what hardly happens by chance counts: 1 in 1,000 at a
# look, by the lower end of Wilson's interval.
LEVEL: Final = 0.998
# Of its calls it may miss so many that the version in use then answered.
MOST_FAILED: Final = 0.01
FEWEST_FAILED: Final = 2
# Slow is what takes twice as long as 95 in 100 answers of the version in use.
SLOWER: Final = 2
QUICK_MS: Final = 50.0
MOST_SLOW: Final = 0.10
FEWEST_ANSWERS: Final = 20


def why_unhealthy(tried: Tally, others: Tally) -> str:
    """A sentence; "" while nothing speaks against it."""
    return _failing(tried) or _slow(tried, others)


def _failing(tried: Tally) -> str:
    if tried.failed < FEWEST_FAILED:
        return ""
    if wilson(tried.failed, tried.calls, LEVEL)[0] <= MOST_FAILED:
        return ""
    return (
        f"{tried.failed:,} of its {tried.calls:,} calls it could not answer; the version "
        f"in use then did. At most {MOST_FAILED:.0%} may fail."
    )


def _slow(tried: Tally, others: Tally) -> str:
    answered = sum(tried.times)
    if min(answered, sum(others.times)) < FEWEST_ANSWERS:
        return ""
    limit = max(QUICK_MS, SLOWER * others.within(0.95))
    slow = tried.slower(limit)
    if wilson(slow, answered, LEVEL)[0] <= MOST_SLOW:
        return ""
    return (
        f"{slow:,} of its {answered:,} answers took longer than {limit:,.0f} ms, twice "
        f"what the version in use needs. At most {MOST_SLOW:.0%} may be so slow."
    )
