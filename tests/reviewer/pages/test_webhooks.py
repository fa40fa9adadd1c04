"""Webhook pages: owners add and change, leads look, try and send again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import AuditEntry, Role
from reviewer.models import Webhook, WebhookDelivery
from reviewer.webhooks import hooks
from tests import makers
from tests.reviewer.pages.makers import Team

URL = "https://example.org/hooks"
EVENTS = ["prediction.settled"]


@pytest.fixture
def owner(team: Team) -> Client:
    return makers.sign_in(makers.make_member(team.project, Role.OWNER))


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def add(team: Team, owner: Client, **fields: Any) -> Any:
    given = {"name": "orders", "url": URL, "events": EVENTS, **fields}
    return owner.post(team.url("webhooks/"), given)


def dead(webhook: Webhook, n: int = 1) -> list[WebhookDelivery]:
    return [
        WebhookDelivery.objects.create(
            webhook=webhook,
            message_id=f"msg_{number}",
            event="prediction.settled",
            subject=f"inference-{number}",
            body="{}",
            state=WebhookDelivery.State.DEAD,
            attempts=10,
            last_at=timezone.now(),
            last_status=500,
            answer="no space left",
        )
        for number in range(n)
    ]


def test_a_new_webhook_shows_its_secret_once_and_never_again(
    team: Team, owner: Client
) -> None:
    page = add(team, owner)
    webhook = Webhook.objects.get()

    (secret,) = hooks.good_secrets(webhook, timezone.now())
    assert secret in text(page)
    assert page["Cache-Control"] == "no-store"
    for path in ("webhooks/", f"webhooks/{webhook.pk}/"):
        assert secret not in text(owner.get(team.url(path)))
    assert secret not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(action="webhook made").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://169.254.169.254/"}, "nothing is sent there"),
        ({"url": "http://10.0.0.1/"}, "OVERREAD_WEBHOOK_PRIVATE"),
        ({"url": "ftp://example.org"}, "must start with https://"),
        ({"events": []}, "This field is required"),
        ({"events": ["everything"]}, "not one of the available choices"),
        ({"name": "two words"}, "Enter a valid"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field(
    team: Team, owner: Client, fields: dict[str, Any], said: str
) -> None:
    page = add(team, owner, **fields)

    assert page.status_code == 422
    assert said in text(page)
    assert not Webhook.objects.exists()


def test_a_name_is_taken_once(team: Team, owner: Client) -> None:
    add(team, owner)

    page = add(team, owner)

    assert page.status_code == 422
    assert "Choose another name" in text(page)


def test_a_lead_sees_what_died_and_why_and_sends_it_again(team: Team) -> None:
    webhook = makers.make_webhook(team.project)
    first, *_ = dead(webhook, 3)
    lead = team.as_("lead")
    url = team.url(f"webhooks/{webhook.pk}/")

    page = text(lead.get(f"{url}?state=dead"))
    assert "inference-2" in page
    assert "no space left" in page
    one = lead.post(f"{url}replay/", {"delivery": first.pk}, follow=True)
    both = lead.post(f"{url}replay/", follow=True)

    assert "1 message goes round again" in text(one)
    assert "2 messages go round again" in text(both)
    assert webhook.deliveries.filter(state="waiting", attempts=0).count() == 3
    nothing = lead.post(f"{url}replay/", follow=True)
    assert "no dead letter" in text(nothing)


def test_a_test_message_waits_to_be_sent(team: Team) -> None:
    webhook = makers.make_webhook(team.project)

    page = team.as_("lead").post(
        team.url(f"webhooks/{webhook.pk}/test/"), {}, follow=True
    )

    assert "on its way" in text(page)
    assert webhook.deliveries.get().event == "test"


def test_an_owner_changes_switches_rotates_and_removes(
    team: Team, owner: Client
) -> None:
    webhook = makers.make_webhook(team.project)
    url = team.url(f"webhooks/{webhook.pk}/")

    owner.post(f"{url}change/", {"url": f"{URL}/2", "events": ["model.promoted"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == (f"{URL}/2", ["model.promoted"])

    assert "is off" in text(owner.post(f"{url}switch/", {"on": "0"}, follow=True))
    assert "Switch it on first" in text(owner.post(f"{url}test/", {}, follow=True))
    assert "is on" in text(owner.post(f"{url}switch/", {"on": "1"}, follow=True))

    shown = text(owner.post(f"{url}rotate/"))
    webhook.refresh_from_db()
    new, old = hooks.good_secrets(webhook, timezone.now())
    assert new in shown
    assert old not in shown
    assert "Two secrets are good until" in text(owner.get(url))

    assert "is removed" in text(owner.post(f"{url}remove/", {}, follow=True))
    assert AuditEntry.objects.filter(action__startswith="webhook").count() == 6


def test_leads_see_on_the_front_page_that_a_webhook_fails(team: Team) -> None:
    makers.make_webhook(
        team.project, name="orders", failing_since=timezone.now(), dead_in_a_row=5
    )

    page = text(team.as_("lead").get("/"))

    assert "The webhook orders does not arrive" in page
    assert "5 messages in a row" in page
