"""Decides, with a known probability, whether people look at a prediction.

A policy is a function from a prediction to an inclusion probability pi. The draw u is a
keyed hash of the inference id and the item is drawn iff u < pi: the same request always
gets the same decision. What is not known about a prediction (no confidence, no
probabilities) counts as unsure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from reviewer.conditions import Facts as Facts
from reviewer.conditions import apart, fits, short
from reviewer.conditions import entropy as entropy
from reviewer.conditions import has_all as has_all
from reviewer.conditions import margin as margin
from reviewer.conditions import margin_of as margin_of
from reviewer.cuts import cut_of, passes
from reviewer.known import NOTHING
from reviewer.policies import Policy as Policy
from reviewer.policies import PolicyError as PolicyError
from reviewer.policies import read_policy as read_policy
from reviewer.stats.sampling import draw, level_at_least

if TYPE_CHECKING:
    from reviewer.cuts import Cut
    from reviewer.known import Known, Plan

Verdict: TypeAlias = Literal["review", "audit", "accepted"]
Order: TypeAlias = Literal["draw", "margin", "due"]

CAUTIOUS_FLOOR: Final = 0.1
REVIEW_DRAW: Final = b"review"
BLIND_DRAW: Final = b"blind"
PROMISE: Final = "Promise"
BUDGET: Final = "Budget"
# Reasons of nothing else begin so: a rule's begins with its name in quotation marks.
STOPPED: Final = "Stopped: "
# One step of a double near 100: places of one priority never reach the next one's.
_BELOW_ONE: Final = 1 - 2**-46
_DUE_SPAN: Final = 2**34


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


def decide(
    policy: Policy, facts: Facts, salt: bytes, known: Known = NOTHING
) -> Decision:
    """The decision on one prediction: pi is the largest of the rules that fit.

    `known`: what was found for the policy's promise or budget before this prediction
    came; once the day's budget is spent, the floor is all that is left. While a stop is in
    force, everything is reviewed. A whole batch is decided by
    batch_routing.decide_many(), with the same outcome.
    """
    chosen, asked = None, least(policy, facts, known)
    for at, rule in enumerate(policy.rules):
        more = rule.sample > asked or (chosen is None and rule.sample == asked)
        if more and fits(rule.when, facts) is not None:
            chosen, asked = at, rule.sample
    if known.stop is not None:
        chosen = None
    elif is_spent(policy, known):
        chosen, asked = None, floor(policy, facts)
    pi = level_at_least(asked)
    u = draw(salt, facts.inference_id, REVIEW_DRAW)
    b = level_at_least(policy.blind_review if pi == 1 else policy.blind_audit)
    blind = draw(salt, facts.inference_id, BLIND_DRAW) < b
    said = verdict(pi, u)
    why = reason(policy, facts, said, pi, chosen, known)
    name = policy.rules[chosen].name if chosen is not None else None
    return Decision(pi, u, b, blind, said, why, name)


def least(policy: Policy, facts: Facts, known: Known) -> float:
    """The probability that is asked for whatever the rules say: floor, promise or plan.

    What is below the promise's threshold is reviewed. Before there is a threshold or a
    plan, the floor is the cautious one.
    """
    if known.stop is not None:
        return 1.0
    if policy.budget is not None:
        plan = _plan_of(facts, known)
        if plan is None:
            return cautious(policy)
        return max(plan.inclusion(facts.confidence), floor(policy, facts))
    if policy.promise is None:
        return floor(policy, facts)
    cut = _cut_of(policy, facts, known)
    if cut is None:
        return cautious(policy)
    return floor(policy, facts) if passes(cut, facts.confidence) else 1.0


def is_spent(policy: Policy, known: Known) -> bool:
    """Whether only the floor is left of today's budget; a stop asks for more all the same."""
    return policy.budget is not None and known.spent and known.stop is None


def floor(policy: Policy, facts: Facts) -> float:
    """The least probability: higher for a model version that the policy was not made for."""
    return policy.audit if _made_for(policy, facts) else cautious(policy)


def cautious(policy: Policy) -> float:
    """The floor where nothing is known of a model version."""
    return max(policy.audit, CAUTIOUS_FLOOR)


def verdict(pi: float, u: float) -> Verdict:
    if pi == 1:
        return "review"
    return "audit" if u < pi else "accepted"


def reason(
    policy: Policy,
    facts: Facts,
    verdict: Verdict,
    pi: float,
    rule: int | None,
    known: Known = NOTHING,
) -> str:
    """Why, in words; `rule` is the one that asked, by its place in the policy."""
    if known.stop is not None:
        return f"{STOPPED}nothing is accepted unseen, stop {known.stop}"
    doubt = _unfitted(policy, facts, known)
    if doubt is None:
        doubt = _doubt(policy, facts, floor(policy, facts))
    if rule is not None:
        asked = policy.rules[rule]
        why = fits(asked.when, facts) or ""
        return _reason(verdict, pi, asked.name, why) + doubt
    return _unruled(policy, facts, verdict, pi, known) + doubt


def _unruled(
    policy: Policy, facts: Facts, verdict: Verdict, pi: float, known: Known
) -> str:
    """Why, where no rule asked: budget, promise, or chance alone."""
    if is_spent(policy, known):
        return _reason(verdict, pi, BUDGET, _spent(policy))
    plan = _plan_of(facts, known) if policy.budget else None
    if plan is not None:
        return _reason(verdict, pi, BUDGET, _planned(plan, facts))
    cut = _cut_of(policy, facts, known)
    if cut is not None:
        return _reason(verdict, pi, PROMISE, _cut(cut, facts))
    return _reason(verdict, pi, None, "")


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


def _made_for(policy: Policy, facts: Facts) -> bool:
    made = policy.model
    if made is None:
        return True
    return made.name == facts.model_name and made.version == facts.model_version


def _reason(verdict: Verdict, pi: float, asked: str | None, why: str) -> str:
    if asked is not None:
        name = f"“{asked}”"
        said = f"{name}: {why}" if why else name
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
    return (
        f" (the policy was made for {made.name} {made.version}, not for {_model(facts)}:"
        f" at least {short(floor * 100)} % is looked at)"
    )


def _unfitted(policy: Policy, facts: Facts, known: Known) -> str | None:
    """What is added before a version's (label's) first threshold or plan."""
    least = f"at least {short(cautious(policy) * 100)} % is looked at"
    if policy.budget is not None:
        if _plan_of(facts, known) is not None or known.spent:
            return None
        return f" (there is no plan for {_model(facts)} yet: {least})"
    if policy.promise is None or _cut_of(policy, facts, known) is not None:
        return None
    label = f" and “{facts.label}”" if policy.promise.by_label else ""
    return f" (the promise has no threshold for {_model(facts)}{label} yet: {least})"


def _spent(policy: Policy) -> str:
    a_day = policy.budget.reviews_a_day if policy.budget else 0
    return f"the day’s budget of {a_day} reviews is spent"


def _planned(plan: Plan, facts: Facts) -> str:
    if facts.confidence is None:
        return f"no confidence was sent, plan {plan.fit}"
    return f"confidence {short(facts.confidence)}, plan {plan.fit}"


def _plan_of(facts: Facts, known: Known) -> Plan | None:
    return known.plans.get((facts.model_name or "", facts.model_version or ""))


def _cut_of(policy: Policy, facts: Facts, known: Known) -> Cut | None:
    version = (facts.model_name or "", facts.model_version or "")
    return cut_of(policy, known.cuts, version, facts.label or "")


def _cut(cut: Cut, facts: Facts) -> str:
    if facts.confidence is None:
        return f"no confidence was sent, fit {cut.fit}"
    side = "at or above" if passes(cut, facts.confidence) else "below"
    said = apart(facts.confidence, cut.threshold)
    return f"confidence {said} is {side} {short(cut.threshold)}, fit {cut.fit}"


def _model(facts: Facts) -> str:
    return f"{facts.model_name or 'an unnamed model'} {facts.model_version or '(no version)'}"


def _one_in(pi: float) -> str:
    return f"{1 / pi:.2g}" if pi > 0.1 else f"{1 / pi:.0f}"
