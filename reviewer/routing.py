"""Decides, with a known probability, whether people look at a prediction.

A policy is a function from a prediction to an inclusion probability pi. The draw u is a
keyed hash of the inference id and the item is drawn iff u < pi: the same request always
gets the same decision. What is not known about a prediction (no confidence, no
probabilities) counts as unsure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from reviewer.policies import Policy as Policy
from reviewer.policies import PolicyError as PolicyError
from reviewer.policies import read_policy as read_policy
from reviewer.stats.sampling import draw, level_at_least

if TYPE_CHECKING:
    from reviewer.policies import Rule, Scalar, When

Verdict: TypeAlias = Literal["review", "audit", "accepted"]
Order: TypeAlias = Literal["draw", "margin", "due"]
Wanted: TypeAlias = "tuple[tuple[str, tuple[Scalar, ...]], ...]"

CAUTIOUS_FLOOR: Final = 0.1
REVIEW_DRAW: Final = b"review"
BLIND_DRAW: Final = b"blind"
# One step of a double near 100: places of one priority never reach the next one's.
_BELOW_ONE: Final = 1 - 2**-46
_DUE_SPAN: Final = 2**34


class Facts(Struct, frozen=True):
    """What routing may know of a prediction; confidence is that of the label."""

    inference_id: str
    label: str | None = None
    confidence: float | None = None
    probabilities: Mapping[str, float] | None = None
    metadata: Mapping[str, object] | None = None
    model_name: str | None = None
    model_version: str | None = None


class Decision(Struct, frozen=True):
    """What was decided: stored at intake and never recomputed."""

    pi: float
    u: float
    b: float
    blind: bool
    verdict: Verdict
    reason: str
    rule: str | None = None

    @property
    def drawn(self) -> bool:
        return self.u < self.pi


def decide(policy: Policy, facts: Facts, salt: bytes) -> Decision:
    """The decision on one prediction: pi is the largest of the rules that fit.

    A whole batch is decided by batch_routing.decide_many(), with the same outcome.
    """
    chosen, asked = None, floor(policy, facts)
    for at, rule in enumerate(policy.rules):
        more = rule.sample > asked or (chosen is None and rule.sample == asked)
        if more and fits(rule.when, facts) is not None:
            chosen, asked = at, rule.sample
    pi = level_at_least(asked)
    u = draw(salt, facts.inference_id, REVIEW_DRAW)
    b = level_at_least(policy.blind_review if pi == 1 else policy.blind_audit)
    blind = draw(salt, facts.inference_id, BLIND_DRAW) < b
    said = verdict(pi, u)
    why = reason(policy, facts, said, pi, chosen)
    name = policy.rules[chosen].name if chosen is not None else None
    return Decision(pi, u, b, blind, said, why, name)


def floor(policy: Policy, facts: Facts) -> float:
    """The least probability: higher for a model version that the policy was not made for."""
    return policy.audit if _made_for(policy, facts) else _cautious(policy)


def verdict(pi: float, u: float) -> Verdict:
    if pi == 1:
        return "review"
    return "audit" if u < pi else "accepted"


def reason(
    policy: Policy, facts: Facts, verdict: Verdict, pi: float, rule: int | None
) -> str:
    """Why, in words; `rule` is the one that asked, by its place in the policy."""
    asked = policy.rules[rule] if rule is not None else None
    why = (fits(asked.when, facts) or "") if asked else ""
    doubt = _doubt(policy, facts, floor(policy, facts))
    return _reason(verdict, pi, asked, why) + doubt


def rank(
    u: float,
    pi: float,
    order: Order = "draw",
    margin: float = 0.0,
    due: float = 0.0,
) -> float:
    """Where a drawn item stands among those of its priority: a number in [0, 1).

    u/pi; the margin in a queue set to margin order; in one set to due order the due time,
    in seconds of the Unix epoch over 2^34 (which lasts until the year 2514).
    """
    if order == "draw":
        return min(u / pi, _BELOW_ONE)
    return min(max(margin if order == "margin" else due / _DUE_SPAN, 0.0), _BELOW_ONE)


def place(rank: float, priority: int = 0) -> float:
    """Where an item stands in its queue: -priority + rank; lower is earlier.

    The rank keeps at least 46 bits for priorities -100..100, and never reaches the next
    priority. ValueError for a priority outside.
    """
    if not -100 <= priority <= 100:
        raise ValueError("a priority is a whole number from -100 to 100")
    return -priority + rank


def margin(facts: Facts) -> float:
    return margin_of(facts.probabilities, facts.confidence)


def margin_of(
    probabilities: Mapping[str, float] | None, confidence: float | None
) -> float:
    """Largest minus second largest probability, 0..1.

    Without probabilities, the least it can be: max(0, 2·confidence - 1).
    """
    if probabilities:
        first, second = 0.0, 0.0
        for p in probabilities.values():
            if p > first:
                first, second = p, first
            elif p > second:
                second = p
        return first - second
    return max(0.0, 2 * confidence - 1) if confidence is not None else 0.0


def entropy(facts: Facts) -> float | None:
    """-Σ p·ln p in nats (Shannon 1948); None without probabilities."""
    if not facts.probabilities:
        return None
    return -sum(p * math.log(p) for p in facts.probabilities.values() if p > 0)


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
    return f"confidence {_apart(facts.confidence, limit)} is below {_short(limit)}"


def _confidence_between(band: tuple[float, float], facts: Facts) -> str | None:
    if facts.confidence is None:
        return "no confidence was sent"
    low, high = band
    if not low <= facts.confidence < high:
        return None
    said = _apart(facts.confidence, high)
    return f"confidence {said} is between {_short(low)} and {_short(high)}"


def _margin_below(limit: float, facts: Facts) -> str | None:
    gap = margin(facts)
    if gap >= limit:
        return None
    if not facts.probabilities:
        return "the margin is not known: no probabilities were sent"
    return f"margin {_apart(gap, limit)} is below {_short(limit)}"


def _entropy_above(limit: float, facts: Facts) -> str | None:
    found = entropy(facts)
    if found is None:
        return "the entropy is not known: no probabilities were sent"
    if found <= limit:
        return None
    return f"entropy {_apart(found, limit)} is above {_short(limit)}"


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


def _made_for(policy: Policy, facts: Facts) -> bool:
    made = policy.model
    if made is None:
        return True
    return made.name == facts.model_name and made.version == facts.model_version


def _cautious(policy: Policy) -> float:
    return max(policy.audit, CAUTIOUS_FLOOR)


def _reason(verdict: Verdict, pi: float, rule: Rule | None, why: str) -> str:
    if rule is not None:
        said = f"{rule.name}: {why}" if why else rule.name
        if verdict == "review":
            return said
        chance = f"1 in {_one_in(pi)}"
        return f"{said}; " + (
            f"drawn, {chance}" if verdict == "audit" else f"not drawn, {chance}"
        )
    if verdict == "review":
        return "Everything is reviewed"
    if verdict == "audit":
        return f"Drawn as an audit, 1 in {_one_in(pi)}"
    return f"Accepted: no rule asks for a review; not drawn as an audit, 1 in {_one_in(pi)}"


def _doubt(policy: Policy, facts: Facts, floor: float) -> str:
    """What is added when the policy was made for another model version."""
    made = policy.model
    if made is None or _made_for(policy, facts):
        return ""
    other = f"{facts.model_name or 'an unnamed model'} {facts.model_version or '(no version)'}"
    return (
        f" (the policy was made for {made.name} {made.version}, not for {other}:"
        f" at least {_short(floor * 100)} % is looked at)"
    )


def _one_in(pi: float) -> str:
    return f"{1 / pi:.2g}" if pi > 0.1 else f"{1 / pi:.0f}"


def _short(value: float) -> str:
    return f"{value:.2f}" if round(value, 2) == value and value < 1 else f"{value:g}"


def _apart(value: float, limit: float) -> str:
    """The value with as many digits as it takes not to read like the limit."""
    for digits in range(2, 17):
        said = f"{value:.{digits}f}"
        if float(said) != limit or value == limit:
            return said
    return repr(value)
