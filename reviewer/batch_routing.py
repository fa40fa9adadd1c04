"""Decides on a whole batch at once; each decision is the one that routing.decide() gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from reviewer import routing
from reviewer.known import NOTHING
from reviewer.routing import Decision
from reviewer.stats.sampling import draws, levels_at_least

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from reviewer.known import Known
    from reviewer.policies import Policy, When
    from reviewer.routing import Facts, Verdict

    Floats: TypeAlias = "NDArray[np.float64]"
    Flags: TypeAlias = "NDArray[np.bool_]"

_NO_RULE = -1


def decide_many(
    policy: Policy, facts: Sequence[Facts], salt: bytes, known: Known = NOTHING
) -> list[Decision]:
    """routing.decide() for each of a batch, in its order."""
    asked, rule = _asked(policy, facts, known)
    pi = levels_at_least(asked)
    ids = [each.inference_id for each in facts]
    u = draws(salt, ids, routing.REVIEW_DRAW)
    shown = np.where(pi == 1, policy.blind_review, policy.blind_audit)
    b = levels_at_least(shown)
    blind = draws(salt, ids, routing.BLIND_DRAW) < b
    columns = (pi.tolist(), u.tolist(), b.tolist(), blind.tolist(), rule.tolist())
    words = _Words(policy, known)
    return [
        _decision(policy, each, words, *row)
        for each, *row in zip(facts, *columns, strict=True)
    ]


def _decision(
    policy: Policy,
    facts: Facts,
    words: _Words,
    pi: float,
    u: float,
    b: float,
    blind: bool,
    rule: int,
) -> Decision:
    verdict = routing.verdict(pi, u)
    reason = words.of(facts, verdict, pi, rule)
    name = policy.rules[rule].name if rule != _NO_RULE else None
    return Decision(pi, u, b, blind, verdict, reason, name)


def _asked(
    policy: Policy, facts: Sequence[Facts], known: Known
) -> tuple[Floats, NDArray[np.intp]]:
    """Per prediction, the probability that is asked for and which rule asked."""
    least = [routing.least(policy, each, known) for each in facts]
    asked = np.array(least, dtype=np.float64)
    chosen = np.full(len(facts), _NO_RULE, dtype=np.intp)
    columns = _Columns(facts)
    for at, rule in enumerate(policy.rules):
        more = (rule.sample > asked) | ((chosen == _NO_RULE) & (rule.sample == asked))
        if more.any():
            wins = more & _fits(rule.when, columns)
            asked[wins], chosen[wins] = rule.sample, at
    if known.stop is not None:
        return asked, np.full_like(chosen, _NO_RULE)
    if routing.is_spent(policy, known):
        floors = [routing.floor(policy, each) for each in facts]
        return np.array(floors, dtype=np.float64), np.full_like(chosen, _NO_RULE)
    return asked, chosen


class _Columns:
    """What conditions look at, one array for each thing; nan: it is not known."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.facts = facts

    def numbers(self, read: Callable[[Facts], float | None]) -> Floats:
        found = (read(each) for each in self.facts)
        return np.array(
            [np.nan if each is None else each for each in found], dtype=np.float64
        )


def _fits(when: When, columns: _Columns) -> Flags:
    """Whether the conditions hold, as conditions.fits() says it in words."""
    facts = columns.facts
    fits = np.ones(len(facts), dtype=np.bool_)
    if when.label is not None:
        fits &= [each.label in when.label for each in facts]
    if when.metadata:
        fits &= [routing.has_all(each.metadata, when.metadata) for each in facts]
    if when.confidence_below is not None or when.confidence_between is not None:
        confidence = columns.numbers(lambda each: each.confidence)
        if when.confidence_below is not None:
            fits &= ~(confidence >= when.confidence_below)
        if when.confidence_between is not None:
            low, high = when.confidence_between
            fits &= ~(confidence < low) & ~(confidence >= high)
    if when.margin_below is not None:
        fits &= columns.numbers(routing.margin) < when.margin_below
    if when.entropy_above is not None:
        fits &= ~(columns.numbers(routing.entropy) <= when.entropy_above)
    return fits


class _Words:
    """Reasons of one batch: what no rule asked for is said in few ways, many times."""

    def __init__(self, policy: Policy, known: Known) -> None:
        self._policy, self._known = policy, known
        self._said: dict[tuple[Verdict, float, str | None, str | None], str] = {}

    def of(self, facts: Facts, verdict: Verdict, pi: float, rule: int) -> str:
        if rule != _NO_RULE:
            return self._reason(facts, verdict, pi, rule)
        if self._policy.promise is not None or self._policy.budget is not None:
            # tells of this prediction's own confidence
            return self._reason(facts, verdict, pi, None)
        key = (verdict, pi, facts.model_name, facts.model_version)
        if key not in self._said:
            self._said[key] = self._reason(facts, verdict, pi, None)
        return self._said[key]

    def _reason(
        self, facts: Facts, verdict: Verdict, pi: float, rule: int | None
    ) -> str:
        return routing.reason(self._policy, facts, verdict, pi, rule, self._known)
