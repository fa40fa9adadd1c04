"""What rules look at of a prediction, and whether their conditions hold, in words; pure.

What is not known about a prediction (no confidence, no probabilities) counts as unsure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from reviewer.policies import Scalar, When

Wanted: TypeAlias = "tuple[tuple[str, tuple[Scalar, ...]], ...]"


class Facts(Struct, frozen=True):
    """What routing may know of a prediction; confidence is that of the label."""

    inference_id: str
    label: str | None = None
    confidence: float | None = None
    probabilities: Mapping[str, float] | None = None
    metadata: Mapping[str, object] | None = None
    model_name: str | None = None
    model_version: str | None = None


def margin(facts: Facts) -> float:
    return margin_of(facts.probabilities, facts.confidence)


def margin_of(
    probabilities: Mapping[str, float] | None, confidence: float | None
) -> float:
    """Largest minus second largest probability, 0..1.

    Without probabilities, the least it can be: max(0, 2·confidence - 1).
    """
    if probabilities:
        return gap(probabilities.values())
    return max(0.0, 2 * confidence - 1) if confidence is not None else 0.0


def gap(probabilities: Iterable[float]) -> float:
    """The largest of them minus the second largest; 0 stands for one that is missing."""
    first, second = 0.0, 0.0
    for p in probabilities:
        if p > first:
            first, second = p, first
        elif p > second:
            second = p
    return first - second


def entropy(facts: Facts) -> float | None:
    """-Σ p·ln p in nats (Shannon 1948); None without probabilities."""
    return entropy_of(facts.probabilities.values() if facts.probabilities else ())


def entropy_of(probabilities: Iterable[float]) -> float | None:
    """The same to the last bit in whatever order they come; None without any."""
    given = list(probabilities)
    if not given:
        return None
    return -math.fsum(p * math.log(p) for p in given if p > 0)


def fits(when: When, facts: Facts) -> str | None:
    """Why the conditions hold, in words; None when one of them does not."""
    if when.label is not None and facts.label not in when.label:
        return None
    if not has_all(facts.metadata, when.metadata):
        return None
    reasons: list[str | None] = []
    if when.confidence_below is not None:
        reasons.append(_confidence_below(when.confidence_below, facts))
    if when.confidence_between is not None:
        reasons.append(_confidence_between(when.confidence_between, facts))
    if when.margin_below is not None:
        reasons.append(_margin_below(when.margin_below, facts))
    if when.entropy_above is not None:
        reasons.append(_entropy_above(when.entropy_above, facts))
    said = [reason for reason in reasons if reason is not None]
    if len(said) < len(reasons):
        return None
    return " and ".join([*said, *_plain_conditions(when, facts)])


def _plain_conditions(when: When, facts: Facts) -> Iterable[str]:
    if when.label is not None:
        yield f"the label is “{facts.label}”"
    for key, _ in when.metadata:
        yield f"{key} is “{(facts.metadata or {})[key]}”"


def _confidence_below(limit: float, facts: Facts) -> str | None:
    if facts.confidence is None:
        return "no confidence was sent"
    if facts.confidence >= limit:
        return None
    return f"confidence {apart(facts.confidence, limit)} is below {short(limit)}"


def _confidence_between(band: tuple[float, float], facts: Facts) -> str | None:
    if facts.confidence is None:
        return "no confidence was sent"
    low, high = band
    if not low <= facts.confidence < high:
        return None
    said = apart(facts.confidence, high)
    return f"confidence {said} is between {short(low)} and {short(high)}"


def _margin_below(limit: float, facts: Facts) -> str | None:
    gap = margin(facts)
    if gap >= limit:
        return None
    if not facts.probabilities:
        return "the margin is not known: no probabilities were sent"
    return f"margin {apart(gap, limit)} is below {short(limit)}"


def _entropy_above(limit: float, facts: Facts) -> str | None:
    found = entropy(facts)
    if found is None:
        return "the entropy is not known: no probabilities were sent"
    if found <= limit:
        return None
    return f"entropy {apart(found, limit)} is above {short(limit)}"


def has_all(metadata: Mapping[str, object] | None, wanted: Wanted) -> bool:
    """Whether each key is there with one of the values wanted of it."""
    return all(_has(metadata, key, values) for key, values in wanted)


def _has(
    metadata: Mapping[str, object] | None, key: str, wanted: tuple[Scalar, ...]
) -> bool:
    if not metadata or key not in metadata:
        return False
    value = metadata[key]
    # True == 1 in Python, not in a policy
    return any(
        value == w and isinstance(value, bool) == isinstance(w, bool) for w in wanted
    )


def short(value: float) -> str:
    return f"{value:.2f}" if round(value, 2) == value and value < 1 else f"{value:g}"


def apart(value: float, limit: float) -> str:
    """The value with as many digits as it takes not to read like the limit."""
    for digits in range(2, 17):
        said = f"{value:.{digits}f}"
        if float(said) != limit or value == limit:
            return said
    return repr(value)
