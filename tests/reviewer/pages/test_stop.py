"""The stop switch on pages and for programs, and the banner that says it is on."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviewer.models import Stop
from tests import makers
from tests.reviewer.pages.makers import Team

WHY = {"reason": "It calls dogs cats"}


def read(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_one_click_with_a_reason_stops_and_every_page_says_so(team: Team) -> None:
    makers.make_policy(team.project, audit=0.02)

    page = read(team.as_("lead").post(team.url("stop/"), WHY, follow=True))

    assert Stop.objects.get().began_by == team.lead
    assert "Nothing is accepted unseen until a lead ends it" in page
    for role, path in (("lead", ""), ("lead", "quality/"), ("reviewer", "mine/")):
        shown = read(team.as_(role).get(team.url(path)))
        assert "Stopped: nothing is accepted unseen." in shown
        assert "It calls dogs cats" in shown
        assert ("End it" in shown) == (role == "lead")


def test_it_ends_with_a_reason_and_the_banner_is_gone(team: Team) -> None:
    lead = team.as_("lead")
    lead.post(team.url("stop/"), WHY)
    lead.post(team.url("stop/end/"), {"reason": " "})
    assert Stop.objects.in_force().exists()

    page = read(lead.post(team.url("stop/end/"), {"reason": "Mended"}, follow=True))

    assert "The policy decides again" in page
    assert "Stopped: nothing" not in page
    assert "“Mended”" in page


def test_another_project_shows_no_banner(team: Team) -> None:
    other = makers.make_project("elsewhere")
    makers.make_member(other, "lead", team.lead)
    team.as_("lead").post(team.url("stop/"), WHY)

    assert "Stopped: nothing" not in read(team.as_("lead").get("/p/elsewhere/"))


def test_the_workbench_says_it_too(team: Team) -> None:
    team.as_("lead").post(team.url("stop/"), WHY)

    page = read(team.as_("reviewer").get(team.url(f"queues/{team.queue.pk}/work/")))

    assert "Stopped: nothing is accepted unseen." in page


def test_who_may_not_lead_cannot_stop(team: Team) -> None:
    assert team.as_("reviewer").post(team.url("stop/"), WHY).status_code == 403
    assert not Stop.objects.exists()


def test_the_banner_costs_no_query_without_a_stop_and_one_with_it(team: Team) -> None:
    lead = team.as_("lead")
    path = team.url("audit/")
    lead.get(path)
    with CaptureQueriesContext(connection) as before:
        lead.get(path)
    Stop.objects.create(
        project=team.project,
        number=1,
        reason="x",
        began_at=timezone.now(),
        began_by=team.lead,
    )

    with CaptureQueriesContext(connection) as after:
        lead.get(path)

    assert sum("reviewer_stop" in each["sql"] for each in before) == 1
    assert len(after) == len(before) + 1


def test_programs_see_the_stop_and_a_leads_own_token_works_the_switch(
    team: Team,
) -> None:
    path = f"/api/v1/projects/{team.project.slug}/stop"
    mine = makers.bearer(makers.make_token(team.project, "lead", team.lead))
    sender = makers.bearer(makers.make_token(team.project))
    client = team.as_("lead")
    client.logout()

    def post(to: str, headers: dict[str, str], **body: Any) -> Any:
        return client.post(to, body, "application/json", headers=headers)

    assert client.get(path, headers=sender).json() == {"stopped": False}
    assert post(path, mine).status_code == 422
    assert post(path, sender, **WHY).status_code == 403
    service = makers.bearer(makers.make_token(team.project, "lead"))
    assert post(path, service, **WHY).status_code == 403

    begun = post(path, mine, mode="hold", **WHY)

    assert begun.status_code == 201
    told = client.get(path, headers=sender).json()
    assert (told["stopped"], told["mode"], told["stop"]) == (True, "hold", 1)
    assert (told["reason"], told["by"]) == (WHY["reason"], team.lead.username)
    assert post(path, mine, **WHY).status_code == 409
    assert post(f"{path}/end", mine, reason="Mended").json() == {"stopped": False}


def test_a_reason_that_fills_every_page_is_refused(team: Team) -> None:
    path = f"/api/v1/projects/{team.project.slug}/stop"
    told = {"reason": "x" * 2_001, "mode": "review"}

    answer = team.as_("lead").post(path, told, content_type="application/json")

    assert answer.status_code == 422
    assert "2000" in answer.content.decode()
    assert not Stop.objects.exists()
