"""Before approval it is said how many more reviews a new version brings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from registry_bridge import costing, promotion, retraining
from reviewer.stats.estimates import Estimate, NotEnough
from tests import makers
from tests.registry_bridge.makers import Loop, review, work
from tests.registry_bridge.shadows import endpoint_of


def send(loop: Loop, n: int = 100, pi: float = 0.02) -> None:
    """So many predictions of the version in use within the last day, sure of all."""
    for _ in range(n):
        made = makers.make_prediction(
            endpoint_of(loop), model_version="1", confidence=0.99, pi=pi
        )
        made.received_at = timezone.now() - timedelta(hours=1)
        made.save(update_fields=["received_at"])


def cost(loop: Loop) -> costing.Cost:
    found = costing.of_version(loop.model, "2", timezone.now())
    assert found is not None
    return found


def value(found: Estimate | NotEnough) -> float:
    assert isinstance(found, Estimate), found
    return found.value


def test_a_policy_made_for_the_old_version_looks_at_ten_percent_of_the_new_one(
    loop: Loop,
) -> None:
    named = {"name": "model", "version": "1"}
    makers.make_policy(loop.project, audit=0.02, model=named)
    send(loop)

    found = cost(loop)

    assert found.cautious
    assert not found.promises
    assert value(found.now) == pytest.approx(2, abs=0.5)
    assert value(found.then) == pytest.approx(10, abs=4)
    assert value(found.more) == pytest.approx(8, abs=4)


def test_a_promise_says_how_many_answers_and_days_it_takes_again(loop: Loop) -> None:
    makers.make_policy(loop.project, audit=0.02, promise={"wrong": 0.05, "sure": 0.95})
    send(loop)

    found = cost(loop)

    assert found.cautious
    assert found.needed is not None
    assert found.needed > 59
    assert found.days is not None
    assert found.days == pytest.approx(found.needed / value(found.then), abs=1)


def test_rules_count_as_they_do_for_any_version(loop: Loop) -> None:
    sure = {"name": "all", "when": {"confidence_below": 1}}
    makers.make_policy(loop.project, audit=0.02, rules=[sure])
    send(loop, pi=0.5)

    found = cost(loop)

    assert not found.cautious
    assert (value(found.now), value(found.then)) == (50, 100)
    assert value(found.more) == 50


def test_few_predictions_tell_no_number(loop: Loop) -> None:
    makers.make_policy(loop.project, audit=0.02)
    send(loop, 5)

    assert isinstance(cost(loop).more, NotEnough)


def test_the_page_states_the_cost_before_approval_and_not_after(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    named = {"name": "model", "version": "1"}
    makers.make_policy(loop.project, audit=0.02, model=named)
    waiting = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    client = makers.sign_in(loop.other_lead)
    url = f"/p/{loop.project.slug}/promotions/{waiting.pk}/"

    before = client.get(url).content.decode()
    promotion.refuse(waiting, by=loop.lead, reason="Not yet.")
    after = client.get(url).content.decode()

    assert "What it costs in reviews" in before
    assert "Nothing is known of version 2 yet" in before
    assert "until a policy is made for it" in before
    assert "What it costs in reviews" not in after
