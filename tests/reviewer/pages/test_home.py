"""The front door: one thing to do now, and nothing of other people."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Gold
from projects.models import Role
from reviewer import flags, leasing
from reviewer.models import QueueItem, Reviewer
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn, make_settled


def text(client: Client, url: str = "/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_start_button_leads_to_the_queue_that_is_late(team: Team) -> None:
    late = makers.make_queue(team.project, name="late")
    makers.make_queue_item(team.queue, due_at=timezone.now() + timedelta(hours=1))
    makers.make_queue_item(late, due_at=timezone.now() - timedelta(hours=1))

    page = text(team.as_("reviewer"))

    assert "2 tasks wait for you" in page
    assert f'data-key="Enter" href="{team.url(f"queues/{late.pk}/work/")}"' in page


def test_a_paused_queue_is_not_what_to_start_with(team: Team) -> None:
    team.queue.paused = True
    team.queue.save()
    makers.make_queue_item(team.queue)

    page = text(team.as_("reviewer"))

    assert "Nothing waits for you" in page
    assert 'data-key="Enter"' not in page


def test_what_i_answered_already_does_not_wait_for_me(team: Team) -> None:
    makers.make_queue_item(team.queue, wanted=2, done=1, seen=[team.reviewer.pk])

    mine, others = text(team.as_("reviewer")), text(team.as_("adjudicator"))

    assert "Nothing waits for you" in mine
    assert "1 task waits for you" in others


def test_adjudication_is_offered_to_adjudicators_only(team: Team) -> None:
    makers.make_queue(team.project, purpose="adjudication", name="disputes")

    reviewer, adjudicator = text(team.as_("reviewer")), text(team.as_("adjudicator"))

    assert "Disputes" not in reviewer
    assert "Disputes" in adjudicator


def test_somebody_in_no_project_reads_how_to_join_one(db: None) -> None:
    page = text(makers.sign_in(makers.make_user("newcomer")))

    assert "You are in no project yet" in page
    assert "newcomer" in page


def test_a_paused_reviewer_reads_why(team: Team) -> None:
    Reviewer.objects.create(
        project=team.project, user=team.reviewer, paused=True, reason="Read the guide"
    )

    assert "Read the guide" in text(team.as_("reviewer"))


def test_my_agreement_leaves_my_own_vote_out(team: Team) -> None:
    other = makers.make_member(team.project)
    for label in ("cat", "cat", "cat", "cat", "dog"):
        task = make_settled(team, "cat")
        makers.make_annotation(task, team.reviewer, label)
        makers.make_annotation(task, other, "cat")
    alone = make_settled(team, "cat", source=Gold.Source.SINGLE)
    makers.make_annotation(alone, team.reviewer, "cat")

    page = text(team.as_("reviewer"))

    assert re.search(r"80\.0.%.*n 5<", page)


def test_flagged_tasks_wait_for_leads_not_for_reviewers(team: Team) -> None:
    makers.make_queue_item(team.queue, state=QueueItem.State.FLAGGED, note="Cut off")

    assert "1 flagged task in" in text(team.as_("lead"))
    assert "Needs a decision" not in text(team.as_("reviewer"))


def test_whoever_flagged_a_task_reads_what_became_of_it(team: Team) -> None:
    makers.make_queue_item(team.queue)
    (taken,) = leasing.take(team.queue, team.reviewer, 1, at=timezone.now())
    leasing.flag(taken.pk, taken.token, team.reviewer, "Cut off", timezone.now())

    before = text(team.as_("reviewer"))
    flags.give_back(team.queue, taken.pk, team.lead, "The end is on page two")
    after = text(team.as_("reviewer"))

    assert "“Cut off”" in before
    assert "waits for a lead" in before
    assert "returned to the queue: The end is on page two" in after


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    response = Client().get("/")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_ten_queues_take_no_more_queries_than_two(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        other = makers.make_project()
        makers.make_member(other, Role.LEAD, team.lead)
        makers.make_queue_item(makers.make_queue(other))
    client = team.as_("lead")

    with django_assert_max_num_queries(30):
        page = text(client)

    assert "10 tasks wait for you" in page


def test_the_workbench_carries_what_its_script_needs(team: Team) -> None:
    page = text(team.as_("reviewer"), team.url(f"queues/{team.queue.pk}/work/"))

    found = re.search(r'<script id="desk" type="application/json">(.*?)</script>', page)
    assert found
    desk = json.loads(found[1])
    assert desk["urls"]["claim"] == f"/api/v1/queues/{team.queue.pk}/claim"
    assert desk["urls"]["assignment"] == "/api/v1/assignments/{id}/{action}"
    assert desk["user"] == {"id": team.reviewer.pk, "name": str(team.reviewer)}
    assert desk["queue"]["purpose"] == "review"


def test_the_workbench_of_an_adjudication_queue_needs_an_adjudicator(
    team: Team,
) -> None:
    disputes = makers.make_queue(team.project, purpose="adjudication")
    url = team.url(f"queues/{disputes.pk}/work/")

    assert team.as_("reviewer").get(url).status_code == 403
    assert team.as_("adjudicator").get(url).status_code == 200


@pytest.mark.parametrize("path", ["", "queues/"])
def test_reviewers_see_their_queues_in_a_project_and_no_numbers_of_others(
    team: Team, path: str
) -> None:
    make_drawn(team)

    page = text(team.as_("reviewer"), team.url(path))

    assert str(team.queue) in page
    assert "Waiting for me" in page
    assert "With reviewers" not in page
