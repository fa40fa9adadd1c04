"""What a new version costs in reviews until it has a fit of its own: said before approval.

An unknown version is routed cautiously. The newest predictions are routed once more, as if
the new version had said the same: how many more would be looked at a day?
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from django.utils.translation import gettext as _

from reviewer import policies_in_use, routing
from reviewer.conditions import Facts
from reviewer.known import NOTHING
from reviewer.models import Endpoint, Prediction, PromiseProcess
from reviewer.rollups import hours, intake
from reviewer.stats import promises
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from datetime import datetime

    from registry_bridge.models import RegisteredModel
    from reviewer import policies

DAYS: Final = 7
MOST: Final = 1_000
FEWEST: Final = 30
LEVEL: Final = 0.95
METHOD: Final = "newest predictions routed again"
NEEDED: Final = (
    *("inference_id", "label", "confidence", "probabilities", "metadata"),
    *("model_name", "pi", "b"),
)


@dataclass(frozen=True)
class Cost:
    """Reviews a day, as decided of late and as the new version would get them."""

    now: Estimate | NotEnough
    then: Estimate | NotEnough
    more: Estimate | NotEnough
    # Of the new version's predictions, the share that would be looked at.
    share: Estimate | NotEnough
    # The least chance of a look that an unknown version gets.
    floor: float
    # Whether anything changes: the policy promises, plans, or was made for a version.
    cautious: bool
    promises: bool
    # Blind answers without an error until a promise may hold, and days at this pace.
    needed: int | None = None
    days: int | None = None
    budget: int | None = None

    @property
    def rows(self) -> list[tuple[str, Estimate | NotEnough]]:
        return [
            (_("As decided of late"), self.now),
            (_("With the new version"), self.then),
            (_("More"), self.more),
        ]


def of_version(model: RegisteredModel, version: str, at: datetime) -> Cost | None:
    """None without a policy, or without the endpoint whose predictions are routed."""
    policy = policies_in_use.active(model.project)
    endpoint = Endpoint.objects.filter(project=model.project_id, name=model.endpoint)
    found = endpoint.first()
    if policy is None or found is None:
        return None
    rules = policies_in_use.read(policy)
    rows = _newest(found, at)
    then = [_decided(rules, row, model, version, bytes(policy.salt)) for row in rows]
    a_day = _a_day(found, at)
    known = np.array([each.pi * each.b for each in then])
    needed = _needed(rules, model.project_id)
    return Cost(
        now=_estimate([row.pi for row in rows], a_day),
        then=_estimate([each.pi for each in then], a_day),
        more=_estimate([b.pi - a.pi for a, b in zip(rows, then, strict=True)], a_day),
        share=_estimate([each.pi for each in then], 1.0),
        floor=routing.least(rules, _unknown(model, version), NOTHING),
        cautious=_is_cautious(rules, model, version),
        promises=rules.promise is not None,
        needed=needed,
        days=_days(needed, a_day, float(known.mean()) if rows else 0.0),
        budget=rules.budget.reviews_a_day if rules.budget else None,
    )


def _newest(endpoint: Endpoint, at: datetime) -> list[Prediction]:
    since = at - timedelta(days=DAYS)
    sent = Prediction.objects.filter(endpoint=endpoint, repeats=False)
    newest = sent.filter(received_at__gte=since).only("id", *NEEDED)
    return list(newest.order_by("-pk")[:MOST])


def _decided(
    rules: policies.Policy,
    row: Prediction,
    model: RegisteredModel,
    version: str,
    salt: bytes,
) -> routing.Decision:
    """As if the new version, of which nothing is known, had said the same."""
    facts = Facts(
        row.inference_id,
        label=row.label,
        confidence=row.confidence,
        # margin and entropy look at the numbers only
        probabilities={str(at): p for at, p in enumerate(row.probabilities or ())},
        metadata=row.metadata,
        model_name=row.model_name,
        model_version=version,
    )
    return routing.decide(rules, facts, salt)


def _unknown(model: RegisteredModel, version: str) -> Facts:
    return Facts("", confidence=1.0, model_name=model.name, model_version=version)


def _is_cautious(rules: policies.Policy, model: RegisteredModel, version: str) -> bool:
    least = routing.least(rules, _unknown(model, version), NOTHING)
    return least > rules.audit


def _a_day(endpoint: Endpoint, at: datetime) -> float:
    """Predictions a day over the last days; over at least one day."""
    sent = intake.since([endpoint.pk], hours.begin_days(at, DAYS))
    if not sent:
        return 0.0
    first = min(each.first_at for each in sent)
    span = max(1.0, (at - first) / timedelta(days=1))
    return sum(each.n for each in sent if not each.repeats) / span


def _estimate(shares: list[float], a_day: float) -> Estimate | NotEnough:
    """Mean share times predictions a day; the interval is that of the mean."""
    n = len(shares)
    if n < FEWEST:
        return NotEnough(f"{FEWEST} predictions of the last {DAYS} days", n)
    values = np.array(shares)
    mean = float(values.mean())
    half = normal_quantile(LEVEL) * float(values.std(ddof=1)) / math.sqrt(n)
    low, high = (a_day * (mean + sign * half) for sign in (-1, 1))
    return Estimate(a_day * mean, low, high, n, METHOD, LEVEL)


def _needed(rules: policies.Policy, project_id: int) -> int | None:
    if rules.promise is None:
        return None
    number = PromiseProcess.objects.next_number(project_id)
    delta = promises.part_of_delta(1 - rules.promise.sure, number)
    return promises.labels_needed(rules.promise.wrong, delta)


def _days(needed: int | None, a_day: float, known: float) -> int | None:
    if needed is None or not a_day * known:
        return None
    return math.ceil(needed / (a_day * known))
