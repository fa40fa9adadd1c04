"""The promotion page: decision first, evidence under it, and who may do what."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from projects import events
from projects.models import Role
from registry_bridge import promotion
from registry_bridge.models import Promotion, RegisteredModel
from tests import makers
from tests.registry_bridge.makers import Loop, make_gate, review, work


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def waiting(loop: Loop) -> Promotion:
    """A challenger that a gate proposed."""
    make_gate(loop.project, "enough_gold", rows=100, usable_test=20)
    make_gate(loop.project, "challenger_better", by=0.02)
    review(loop, cats=60, dogs=60)
    with transaction.atomic():
        events.emit("task.settled", loop.project)
    work()
    return Promotion.objects.get(project=loop.project, kind="promote")


def url(found: Promotion, act: str = "") -> str:
    path = f"/p/{found.project.slug}/promotions/{found.pk}/"
    return f"{path}{act}/" if act else path


def do(loop: Loop, found: Promotion, act: str, reason: str = "Looks right") -> Any:
    client = makers.sign_in(loop.lead)
    return client.post(url(found, act), {"reason": reason}, follow=True)


def test_the_page_asks_for_a_decision_and_shows_what_it_rests_on(
    loop: Loop, waiting: Promotion
) -> None:
    page = read(makers.sign_in(loop.lead).get(url(waiting)))

    found = waiting.evidence["comparison"]
    assert "Needs a decision" in page
    assert f"+{found['difference']['value'] * 100:.1f}" in page
    assert f"n {found['n']}" in page
    assert "Exact sign test" in page or "betting test" in page
    assert waiting.evidence["snapshot"]["digest"] in page
    assert "Challenger minus champion" in page
    assert "<svg" in page
    assert "style=" not in page


def test_a_table_beside_the_forest_plot_has_every_number_of_it(
    loop: Loop, waiting: Promotion
) -> None:
    page = read(makers.sign_in(loop.lead).get(url(waiting)))

    assert (
        page.count('class="chart-interval"') == page.count('class="chart-point"') == 3
    )
    for name in ("All predictions", "Cat", "Dog"):
        assert re.search(rf'<th scope="row"[^>]*>{name}</th>', page)
    assert "the gate asks for +2 points" in page


def test_an_approval_needs_a_reason_and_is_then_carried_out(
    loop: Loop, waiting: Promotion
) -> None:
    without = do(loop, waiting, "approve", " ")
    waiting.refresh_from_db()
    assert waiting.state == Promotion.State.PROPOSED
    assert "Say why" in read(without)

    approved = do(loop, waiting, "approve")
    assert "Look again" in read(approved)
    work()

    page = read(makers.sign_in(loop.lead).get(url(waiting)))
    assert "In use" in page
    assert "Looks right" in page
    assert "Roll back to version 1" in page


def test_what_was_refused_says_who_and_why_and_changes_nothing(
    loop: Loop, waiting: Promotion
) -> None:
    page = read(do(loop, waiting, "refuse", "Too few dogs"))

    loop.model.refresh_from_db()
    assert "Too few dogs" in page
    assert f"Refused by {loop.lead}" in page
    assert loop.model.champion == "1"


def test_whoever_proposed_it_reads_why_another_lead_must_approve(
    loop: Loop, waiting: Promotion
) -> None:
    Promotion.objects.filter(pk=waiting.pk).update(proposed_by=loop.lead, gate=None)

    own = read(makers.sign_in(loop.lead).get(url(waiting)))
    others = read(makers.sign_in(loop.other_lead).get(url(waiting)))
    tried = do(loop, waiting, "approve")

    waiting.refresh_from_db()
    assert "another lead must approve it" in own
    assert ">Approve<" not in own
    assert ">Approve<" in others
    assert tried.status_code == 403
    assert waiting.state == Promotion.State.PROPOSED


def test_own_proposals_do_not_wait_for_whoever_made_them(
    loop: Loop, waiting: Promotion
) -> None:
    by_gate = read(makers.sign_in(loop.lead).get("/"))
    Promotion.objects.filter(pk=waiting.pk).update(proposed_by=loop.lead, gate=None)

    own = read(makers.sign_in(loop.lead).get("/"))
    others = read(makers.sign_in(loop.other_lead).get("/"))

    assert "Version 2 may replace 1" in by_gate
    assert "Version 2 may replace 1" not in own
    assert "Version 2 may replace 1" in others


def test_an_alias_that_somebody_moved_stops_approvals_and_is_shown(
    loop: Loop, waiting: Promotion
) -> None:
    RegisteredModel.objects.filter(pk=loop.model.pk).update(alias_seen="7")
    client = makers.sign_in(loop.lead)

    one = read(client.get(url(waiting)))
    listed = read(client.get(f"/p/{loop.project.slug}/promotions/"))

    assert "somebody moved it there" in one
    assert ">Approve<" not in one
    assert "The registry says something else" in listed


def test_one_click_and_a_reason_roll_back_what_is_in_use(
    loop: Loop, waiting: Promotion
) -> None:
    do(loop, waiting, "approve")
    work()

    do(loop, waiting, "rollback", "Complaints")
    work()

    page = read(makers.sign_in(loop.lead).get(f"/p/{loop.project.slug}/promotions/"))
    loop.model.refresh_from_db()
    assert loop.model.champion == "1"
    assert "Rolled back" in page
    assert "Complaints" in page
    assert "What was in use when" in page


def test_a_promotion_that_is_not_in_use_cannot_be_rolled_back(
    loop: Loop, waiting: Promotion
) -> None:
    response = do(loop, waiting, "rollback")

    assert "Only the promotion in use can be rolled back" in read(response)


@pytest.mark.parametrize("act", ["approve", "refuse", "rollback"])
def test_reviewers_decide_nothing(loop: Loop, waiting: Promotion, act: str) -> None:
    reviewer = makers.sign_in(makers.make_member(loop.project, Role.ADJUDICATOR))

    response = reviewer.post(url(waiting, act), {"reason": "Please"})

    waiting.refresh_from_db()
    assert response.status_code == 403
    assert waiting.state == Promotion.State.PROPOSED
    assert reviewer.get(url(waiting)).status_code == 403


def test_a_lead_of_another_project_finds_no_promotion_here(
    loop: Loop, waiting: Promotion
) -> None:
    other = makers.make_project()
    stranger = makers.sign_in(makers.make_member(other, Role.LEAD))
    path = f"/p/{other.slug}/promotions/{waiting.pk}/"

    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}approve/", {"reason": "Mine"}).status_code == 404
    assert stranger.get(url(waiting)).status_code == 404


def test_a_failed_promotion_says_what_failed(loop: Loop, waiting: Promotion) -> None:
    promotion.approve(waiting, by=loop.lead, reason="Better")
    waiting.refresh_from_db()
    promotion.move(waiting, Promotion.State.FAILED, failure="It answered “sheep”.")

    page = read(makers.sign_in(loop.lead).get(url(waiting)))

    assert "It answered “sheep”." in page


def test_a_project_without_a_model_reads_how_to_get_one(db: None) -> None:
    project = makers.make_project()
    client = makers.sign_in(makers.make_member(project, Role.LEAD))

    for name in ("promotions", "trainings", "snapshots"):
        page = read(client.get(f"/p/{project.slug}/{name}/"))
        assert "This project has no model yet" in page


def test_the_list_of_promotions_does_not_ask_per_row(
    loop: Loop,
    waiting: Promotion,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(12):
        do(loop, waiting, "refuse")
        promotion.propose(loop.project, "2", by=loop.other_lead, reason="Once more")
        waiting = Promotion.objects.get(state="proposed")
    client = makers.sign_in(loop.lead)

    with django_assert_max_num_queries(16):
        client.get(f"/p/{loop.project.slug}/promotions/")
    # what it costs is counted from the newest predictions: a fixed number of queries
    with django_assert_max_num_queries(20):
        client.get(url(waiting))
