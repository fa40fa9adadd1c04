"""A new version is tried on a share of the calls, watched, and taken back if it is ill."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from registry_bridge import deploying, promotion, retraining, rolling_back
from registry_bridge.gateways.ports import ModelSource
from registry_bridge.models import Deployment, Promotion, RegisteredModel
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, dead_letters, review, work

State = Promotion.State


@pytest.fixture
def approved(loop: Loop) -> Promotion:
    """Version 2 was approved, to be tried on 20 calls; others call all the time."""
    RegisteredModel.objects.update(canary_percent=10, canary_calls=20)
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    loop.world.deployment.traffic = 100
    proposed = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    return promotion.approve(proposed, by=loop.other_lead, reason="Agreed.")


def without_traffic(loop: Loop, found: Promotion, state: str) -> None:
    """Go on until it is in this state, where nobody calls."""
    loop.world.deployment.traffic = 0
    work(8)
    found.refresh_from_db()
    assert found.state == state, found.failure


CALLS = 25


@pytest.mark.parametrize("after", sometimes_all(CALLS))
def test_a_worker_killed_after_any_call_leaves_a_canary_that_ends_well(
    loop: Loop, approved: Promotion, after: int
) -> None:
    work_and_die(loop.world, after)

    approved.refresh_from_db()
    loop.model.refresh_from_db()
    assert dead_letters() == []
    assert approved.state == State.DONE
    names = [step["step"] for step in approved.steps]
    assert names == ["checked", "beside", "canary", "deployed", "named"]
    assert loop.model.champion == loop.world.alias(loop.model) == "2"
    assert loop.world.serving() == ["2"]
    assert loop.world.deployment.trials == {}
    assert [row.version for row in Deployment.objects.order_by("pk")] == ["1", "2"]


def test_the_kills_above_reach_the_end_of_the_way(
    loop: Loop, approved: Promotion
) -> None:
    assert not work_and_die(loop.world, after=CALLS + 1)


@pytest.mark.parametrize("after", sometimes_all(16))
def test_a_worker_killed_while_an_ill_version_is_tried_leaves_the_old_one(
    loop: Loop, approved: Promotion, after: int
) -> None:
    loop.world.deployment.sick = {"2"}

    work_and_die(loop.world, after)

    approved.refresh_from_db()
    assert approved.state == State.FAILED
    assert "the version in use then did" in approved.failure
    assert loop.world.alias(loop.model) == "1"
    assert loop.world.serving() == ["1"]
    assert loop.world.deployment.trials == {}
    assert dead_letters() == []


def test_the_page_says_how_far_the_canary_is(loop: Loop, approved: Promotion) -> None:
    without_traffic(loop, approved, State.CANARY)
    url = f"/p/{loop.project.slug}/promotions/{approved.pk}/"

    page = makers.sign_in(loop.lead).get(url).content.decode()

    assert "Answers a share of the calls" in page
    assert 'aria-current="step"' in page
    assert "Version 2 was given 0 calls" in page
    assert "It ends after 20 calls, or at" in page


def test_a_canary_that_nobody_calls_ends_with_its_minutes_and_says_so(
    loop: Loop, approved: Promotion
) -> None:
    without_traffic(loop, approved, State.CANARY)
    approved.refresh_from_db()

    with time_machine.travel(
        approved.decided_at + timedelta(minutes=6)  # type: ignore[operator]
    ):
        work()

    approved.refresh_from_db()
    assert approved.state == State.DONE
    assert "was given 0 calls" in approved.steps[2]["words"]


def test_that_the_old_version_went_down_meanwhile_is_said(
    loop: Loop, approved: Promotion
) -> None:
    without_traffic(loop, approved, State.CANARY)
    endpoint = deploying.endpoint_of(loop.model)
    del loop.world.deployment.serving[endpoint]
    loop.world.deployment._looked.discard(endpoint)

    work(1)

    approved.refresh_from_db()
    assert "Version 1 does not answer now" in approved.doing
    assert "Version 2 stands in for it" in approved.doing


def test_a_version_that_never_comes_up_beside_is_given_up(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.deployment.bad = {"2"}

    work()

    approved.refresh_from_db()
    assert approved.state == State.FAILED
    assert "could not be loaded" in approved.failure
    assert loop.world.serving() == ["1"]
    assert loop.world.deployment.trials == {}


def test_one_that_answers_no_label_gets_no_call(
    loop: Loop, approved: Promotion
) -> None:
    def answer(source: ModelSource, _payload: object) -> object:
        return {"predictions": ["giraffe" if source.version == "2" else "cat"]}

    loop.world.deployment.answer = answer

    work()

    approved.refresh_from_db()
    assert "giraffe" in approved.failure
    assert [step["step"] for step in approved.steps] == ["checked", "failed"]


def test_without_a_target_that_can_share_there_is_no_canary(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.deployment.shares = False

    work()

    approved.refresh_from_db()
    assert [step["step"] for step in approved.steps] == ["checked", "deployed", "named"]


def test_a_roll_back_waits_for_no_canary(loop: Loop, approved: Promotion) -> None:
    work()
    loop.world.deployment.traffic = 0
    approved.refresh_from_db()

    back = rolling_back.by_person(approved, by=loop.lead, reason="Wrong on Mondays.")
    work()

    back.refresh_from_db()
    assert back.state == State.DONE
    assert loop.world.serving() == ["1"]
