"""What a promise's evidence depends on of a policy: its terms, and possible probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewer import routing
from reviewer.stats.sampling import level_at_least

if TYPE_CHECKING:
    from reviewer.policies import Policy


def terms(policy: Policy) -> dict[str, Any] | None:
    """Plain JSON; evidence gathered under other terms is another process. None: no promise.

    Conditions of rules may change: they move predictions between the probabilities that
    there are, and each is stored with its own.
    """
    promise = policy.promise
    if promise is None:
        return None
    return {
        "wrong": promise.wrong,
        "sure": promise.sure,
        "by_label": promise.by_label,
        "audit": policy.audit,
        "blind": [policy.blind_review, policy.blind_audit],
        "samples": sorted({rule.sample for rule in policy.rules}),
    }


def inclusions(policy: Policy, *, fitted: bool) -> list[float]:
    """Each probability pi·b of being known that a prediction may get, ascending.

    Before the first fit the floor is the cautious one; after it, what passes gets
    `audit`, and what does not is reviewed.
    """
    floor = routing.cautious(policy)
    asked = {floor, *(rule.sample for rule in policy.rules if rule.sample >= floor)}
    if fitted:
        asked |= {policy.audit, 1.0, *(rule.sample for rule in policy.rules)}
        asked = {each for each in asked if each >= policy.audit}
    return sorted({_known(policy, level_at_least(each)) for each in asked})


def _known(policy: Policy, pi: float) -> float:
    return pi * level_at_least(policy.blind_review if pi == 1 else policy.blind_audit)
