"""What leads see of queues, and what they do about them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Task
from projects.models import AuditEntry
from reviewer import leasing
from reviewer.models import Queue, QueueItem, Reviewer
from tests import makers
from tests.reviewer.pages.makers import Team, make_team

State = QueueItem.State


def read(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def flagged(team: Team, why: str = "Cut off") -> QueueItem:
    """A task that the team's reviewer took and flagged."""
    item = makers.make_queue_item(team.queue)
    (taken,) = leasing.take(team.queue, team.reviewer, 1, at=timezone.now())
    leasing.flag(taken.pk, taken.token, team.reviewer, why, timezone.now())
    item.refresh_from_db()
    return item


def act(team: Team, item: QueueItem, verb: str, role: str = "lead") -> Any:
    url = team.url(f"queues/{team.queue.pk}/tasks/{item.pk}/{verb}/")
    return team.as_(role).post(url, {"reason": "I looked at it"}, follow=True)


def test_the_queue_page_says_who_has_what_and_why_tasks_were_set_aside(
    team: Team,
) -> None:
    flagged(team, "Two topics in one")
    makers.make_queue_item(team.queue)
    leasing.take(team.queue, team.adjudicator, 1, at=timezone.now())

    page = read(team.as_("lead").get(team.url(f"queues/{team.queue.pk}/")))

    assert "Two topics in one" in page
    assert str(team.adjudicator) in page
    assert str(team.reviewer) in page


def test_a_returned_task_waits_again_and_may_be_asked_of_who_skipped_it(
    team: Team,
) -> None:
    item = flagged(team)
    QueueItem.objects.filter(pk=item.pk).update(skips=2, seen=[team.reviewer.pk])

    response = act(team, item, "return")

    item.refresh_from_db()
    assert "waits in the queue again" in read(response)
    assert (item.state, item.skips, item.seen) == (State.OPEN, 0, [])
    entry = AuditEntry.objects.get(action="task returned to its queue")
    assert (entry.actor, entry.reason) == (team.lead, "I looked at it")


def test_whoever_answered_a_returned_task_is_not_asked_again(team: Team) -> None:
    item = flagged(team)
    makers.make_annotation(item.task, team.adjudicator)

    act(team, item, "return")

    item.refresh_from_db()
    assert item.seen == [team.adjudicator.pk]


def test_a_flagged_task_sent_to_adjudication_waits_there_once(team: Team) -> None:
    item = flagged(team)

    act(team, item, "adjudicate")
    again = act(team, item, "adjudicate")

    item.refresh_from_db()
    item.task.refresh_from_db()
    assert item.state == State.DONE
    assert item.task.state == Task.State.DISPUTED
    there = QueueItem.objects.get(queue__purpose="adjudication")
    assert (there.task, there.state) == (item.task, State.OPEN)
    assert "no longer set aside" in read(again)


def test_a_withdrawn_task_is_asked_of_nobody(team: Team) -> None:
    item = flagged(team)

    act(team, item, "withdraw")

    item.refresh_from_db()
    item.task.refresh_from_db()
    assert item.state == State.WITHDRAWN
    assert item.task.state == Task.State.WITHDRAWN
    assert leasing.take(team.queue, team.adjudicator, 5, at=timezone.now()) == []


@pytest.mark.parametrize("verb", ["return", "adjudicate", "withdraw"])
def test_only_a_lead_decides_on_flagged_tasks(team: Team, verb: str) -> None:
    item = flagged(team)

    response = act(team, item, verb, "adjudicator")

    item.refresh_from_db()
    assert response.status_code == 403
    assert item.state == State.FLAGGED


def test_a_lead_of_another_project_finds_nothing_here(team: Team) -> None:
    item, others = flagged(team), make_team()
    url = others.url(f"queues/{team.queue.pk}/tasks/{item.pk}/return/")

    response = others.as_("lead").post(url, {"reason": "Mine now"})

    item.refresh_from_db()
    assert response.status_code == 404
    assert item.state == State.FLAGGED


def test_pausing_needs_a_reason_and_says_so_on_the_page(team: Team) -> None:
    url = team.url(f"queues/{team.queue.pk}/pause/")
    client = team.as_("lead")

    without = client.post(url, {"paused": "1", "reason": " "}, follow=True)
    assert "Say why" in read(without)
    assert not Queue.objects.get().paused

    client.post(url, {"paused": "1", "reason": "New guideline first"})
    assert Queue.objects.get().paused
    assert AuditEntry.objects.get(action="queue paused").reason == "New guideline first"


def test_freeing_a_persons_tasks_gives_them_to_others(team: Team) -> None:
    makers.make_queue_item(team.queue)
    (held,) = leasing.take(team.queue, team.reviewer, 1, at=timezone.now())
    url = team.url(f"queues/{team.queue.pk}/free/")

    data = {"user": str(team.reviewer.pk), "reason": "Gone home"}
    response = team.as_("lead").post(url, data, follow=True)

    assert "1 task waits for others now" in read(response)
    (taken,) = leasing.take(team.queue, team.adjudicator, 1, at=timezone.now())
    assert taken.pk == held.pk


def test_a_higher_priority_is_given_out_first(team: Team) -> None:
    makers.make_queue_item(team.queue, place=0.1)
    urgent = makers.make_queue_item(team.queue, place=0.9)
    url = team.url(f"queues/{team.queue.pk}/tasks/{urgent.pk}/priority/")

    team.as_("lead").post(url, {"priority": "5"})

    (first,) = leasing.take(team.queue, team.reviewer, 1, at=timezone.now())
    assert first.pk == urgent.pk


def set_overlap(team: Team, **given: str) -> str:
    url = team.url(f"queues/{team.queue.pk}/overlap/")
    return read(team.as_("lead").post(url, given, follow=True))


def test_a_lead_sets_how_many_answers_a_task_gets(team: Team) -> None:
    page = set_overlap(team, fewest="1", most="5", sure="97.5")

    team.queue.refresh_from_db()
    assert (team.queue.overlap, team.queue.max_overlap) == (1, 5)
    assert team.queue.sure == 0.975
    assert "asks for so many answers from now on" in page
    assert 'value="97.5"' in page
    assert "No task is done yet." in page
    entry = AuditEntry.objects.get(action="queue changed")
    assert entry.after == {"max_overlap": 5, "sure": 0.975}

    assert "Nothing was changed" in set_overlap(team, fewest="1", most="5", sure="97.5")
    set_overlap(team, fewest="2", most="3", sure="")
    team.queue.refresh_from_db()
    assert team.queue.sure is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"fewest": "0", "most": "3"}, "fewest must be a whole number from 1 to 9"),
        ({"fewest": "1", "most": "x"}, "most must be a whole number from 1 to 9"),
        ({"fewest": "4", "most": "3"}, "most must not be below the fewest, 4"),
        ({"fewest": "1", "most": "3", "sure": "100"}, "sure must be a percentage"),
        ({"fewest": "1", "most": "3", "sure": "49"}, "sure must be a percentage"),
        ({"fewest": "1", "most": "3", "sure": "nan"}, "sure must be a percentage"),
        ({"fewest": "1", "most": "0091"}, "most must be a whole number from 1 to 9"),
        ({"fewest": "1", "most": "3", "sure": "99.99999"}, "sure must be a percent"),
    ],
)
def test_an_overlap_that_cannot_be_changes_nothing(
    given: dict[str, str], problem: str, team: Team
) -> None:
    before = Queue.objects.values().get(pk=team.queue.pk)

    page = set_overlap(team, **given)

    assert problem in page
    assert Queue.objects.values().get(pk=team.queue.pk) == before


def test_the_queue_page_says_on_how_many_answers_tasks_were_settled(team: Team) -> None:
    Queue.objects.filter(pk=team.queue.pk).update(max_overlap=5, sure=0.95)
    experts = makers.make_queue(team.project, purpose="adjudication")
    items = [
        makers.make_queue_item(team.queue, state=State.DONE, wanted=n, done=n)
        for n in (1, 1, 5)
    ]
    makers.make_queue_item(experts, items[-1].task)

    page = read(team.as_("lead").get(team.url(f"queues/{team.queue.pk}/")))

    cells = re.findall(r'class="num"[^>]*>([^<]+)</t[dh]>', page)
    assert cells[cells.index("Sent to adjudicators") + 1 :][:6] == list("120511")
    assert "Not enough data to say what this saved" in page
    lead = team.as_("lead")
    lead.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    page = read(lead.get(team.url(f"queues/{team.queue.pk}/")))
    assert "1 bis 5 Antworten je Aufgabe, bis sie zu 95,0" in page
    assert "An die Schlichtung gegeben" in page


@pytest.mark.parametrize("wrong", ["", "many", "101", "-101", "1.5"])
def test_a_priority_that_is_no_number_changes_nothing(team: Team, wrong: str) -> None:
    item = makers.make_queue_item(team.queue)
    url = team.url(f"queues/{team.queue.pk}/tasks/{item.pk}/priority/")

    response = team.as_("lead").post(url, {"priority": wrong}, follow=True)

    item.refresh_from_db()
    assert "whole number from -100 to 100" in read(response)
    assert item.priority == 0


def test_a_paused_reviewer_gets_no_task_and_loses_what_they_hold(team: Team) -> None:
    makers.make_queue_item(team.queue)
    leasing.take(team.queue, team.reviewer, 1, at=timezone.now())
    url = team.url(f"reviewers/{team.reviewer.pk}/pause/")

    team.as_("lead").post(url, {"paused": "1", "reason": "Reads the guide"})

    assert Reviewer.objects.get(user=team.reviewer).paused
    assert QueueItem.objects.get().state == State.OPEN
    with pytest.raises(leasing.ReviewerPaused):
        leasing.take(team.queue, team.reviewer, 1, at=timezone.now())


def test_nobody_of_another_project_can_be_paused(team: Team) -> None:
    stranger = make_team().reviewer
    url = team.url(f"reviewers/{stranger.pk}/pause/")

    response = team.as_("lead").post(url, {"paused": "1", "reason": "Why not"})

    assert response.status_code == 404
    assert not Reviewer.objects.exists()


def test_tasks_that_nobody_is_left_to_answer_are_named(team: Team) -> None:
    everybody = [team.reviewer.pk, team.adjudicator.pk, team.lead.pk]
    makers.make_queue_item(team.queue, wanted=4, done=3, seen=everybody)
    makers.make_queue_item(team.queue, wanted=2, done=1, seen=everybody[:1])

    page = read(team.as_("lead").get(team.url("queues/")))

    assert "1 nobody may take" in page


def test_late_tasks_are_counted(team: Team) -> None:
    makers.make_queue_item(team.queue, due_at=timezone.now() - timedelta(minutes=1))
    makers.make_queue_item(team.queue, due_at=timezone.now() + timedelta(hours=1))

    page = read(team.as_("lead").get(team.url("queues/")))

    assert "1 late" in page


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 10**30])
def test_a_queue_that_is_not_there_is_not_found(team: Team, number: int) -> None:
    client = team.as_("lead")

    assert client.get(team.url(f"queues/{number}/")).status_code == 404
    assert client.get(team.url(f"queues/{number}/work/")).status_code == 404
    url = team.url(f"queues/{team.queue.pk}/tasks/{number}/return/")
    assert client.post(url, {"reason": "It is not there"}).status_code == 404


def test_an_act_is_no_page(team: Team) -> None:
    url = team.url(f"queues/{team.queue.pk}/pause/")

    assert team.as_("lead").get(url).status_code == 405


def test_an_act_from_elsewhere_is_refused(team: Team) -> None:
    client = makers.sign_in(team.lead, check_csrf=True)
    url = team.url(f"queues/{team.queue.pk}/pause/")

    response = client.post(url, {"paused": "1", "reason": "Forged"})

    team.queue.refresh_from_db()
    assert response.status_code == 403
    assert not team.queue.paused


def _cost(client: Client, url: str, limit: DjangoAssertNumQueries, most: int) -> None:
    with limit(most):
        assert client.get(url).status_code == 200


def test_pages_of_queues_do_not_ask_per_queue_or_per_task(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        makers.make_queue_item(makers.make_queue(team.project))
        flagged(team)
        makers.make_queue_item(team.queue)
    leasing.take(team.queue, team.adjudicator, 5, at=timezone.now())
    client = team.as_("lead")

    limit = django_assert_max_num_queries
    _cost(client, team.url("queues/"), limit, 24)
    _cost(client, team.url(f"queues/{team.queue.pk}/"), limit, 20)
    _cost(client, team.url(), limit, 49)


def test_what_is_written_down_is_english_whatever_the_lead_reads(team: Team) -> None:
    item = flagged(team)
    lead = team.as_("lead")
    lead.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    url = team.url(f"queues/{team.queue.pk}/tasks/{item.pk}/withdraw/")

    page = lead.post(url, {"reason": "Personal data"}, follow=True)

    assert f"Aufgabe {item.task_id} ist zurückgezogen." in read(page)
    entry = AuditEntry.objects.get(action="task withdrawn")
    assert (entry.before, entry.after) == ("Flagged", "Withdrawn")
