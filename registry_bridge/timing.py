"""How long single answers of champion and challenger took, timed one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reviewer.stats.estimates import Estimate, NotEnough, both_hold, joined
from reviewer.stats.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# So many single answers of each are timed where both answer the test side (scoring.py).
TIMED: Final = 300
# The time within which so many of 100 answers came.
SHARE: Final = 0.95
WHAT: Final = "timed answers"
METHOD: Final = "ratio of quantiles, both"


def of_both(times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The 95 % quantile of both in ms, and the challenger's over the champion's; as JSON."""
    champion = quantile(times.get("champion", ()), SHARE, what=WHAT)
    challenger = quantile(times.get("challenger", ()), SHARE, what=WHAT)
    return {
        "champion": champion.as_json(),
        "challenger": challenger.as_json(),
        "ratio": joined(challenger, champion, _ratio).as_json(),
    }


def _ratio(challenger: Estimate, champion: Estimate) -> Estimate | NotEnough:
    """From the ends of both intervals."""
    if champion.low <= 0:
        return NotEnough("answers of the version in use that take a time", champion.n)
    return Estimate(
        challenger.value / champion.value,
        challenger.low / champion.high,
        challenger.high / champion.low,
        challenger.n,
        METHOD,
        both_hold(challenger.level),
    )
