"""Chat services get a sentence with a link, signed as every message is."""

from __future__ import annotations

import pytest

from projects import notices
from projects.notices import Kind, Said
from reviewer.models import Webhook
from reviewer.webhooks import hooks, slack
from reviewer.webhooks.hooks import Wanted
from tests import makers
from tests.reviewer.pages.makers import Team, make_team
from tests.reviewer.webhooks.receiver import Receiver
from tests.reviewer.webhooks.rounds import deliver, settle
from tests.reviewer.webhooks.test_announcing import announced

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = ("notice.decision", "prediction.settled")


@pytest.fixture
def team(db: None) -> Team:
    team = make_team()
    makers.make_policy(team.project)
    return team


def make_hook(team: Team, receiver: Receiver, form: str) -> tuple[Webhook, str]:
    wanted = Wanted("chat", receiver.url, EVENTS, format=form)
    return hooks.make(team.project, wanted, by=None)


def tell(team: Team) -> None:
    said = Said(
        "Version %(version)s waits for a decision",
        "/p/x/promotions/1/",
        values={"version": "<!channel> 7"},
    )
    assert notices.tell(team.project, Kind.DECISION, "a", said)


def test_a_chat_service_gets_a_text_that_is_signed(
    team: Team, receiver: Receiver
) -> None:
    _webhook, secret = make_hook(team, receiver, "slack")
    tell(team)

    assert announced(1)
    deliver()

    (got,) = receiver.got
    assert got.is_signed(secret)
    assert set(got.told) == {"text"}
    # what somebody named a version calls nobody
    assert "Version &lt;!channel&gt; 7 waits for a decision" in got.told["text"]
    assert "/p/x/promotions/1/|Open it in Overread>" in got.told["text"]


def test_a_program_gets_the_notice_with_its_address(
    team: Team, receiver: Receiver
) -> None:
    make_hook(team, receiver, "standard")
    tell(team)

    assert announced(1)
    deliver()

    (got,) = receiver.got
    assert got.told["type"] == "notice.decision"
    assert got.told["data"]["url"].endswith("/p/x/promotions/1/")


def test_answers_are_told_in_a_sentence_too(team: Team, receiver: Receiver) -> None:
    make_hook(team, receiver, "slack")
    inference = settle(team, "dog")

    assert announced(1)
    deliver()

    (got,) = receiver.got
    assert f"{inference} of endpoint is settled: label: dog" in got.told["text"]


def test_a_webhook_tells_of_answers_alone_unless_asked(
    team: Team, receiver: Receiver
) -> None:
    webhook = makers.make_webhook(team.project, receiver.url)

    assert webhook.events == [
        "prediction.settled",
        "prediction.reopened",
        "model.promoted",
    ]
    assert webhook.format == "standard"


def test_what_people_wrote_makes_no_link() -> None:
    assert slack.escaped("<http://x|y> & z") == "&lt;http://x|y&gt; &amp; z"
