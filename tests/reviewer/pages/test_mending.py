"""Refused rows: mended and sent again by a lead, or put away; never taken in twice."""

from __future__ import annotations

import json
from typing import Any

from projects.models import AuditEntry
from reviewer import intake
from reviewer.models import DeadLetter, Prediction
from tests import makers
from tests.reviewer.pages.makers import Team


def row(**fields: Any) -> dict[str, Any]:
    return {
        "inference_id": "a1",
        "endpoint": "endpoint",
        "model": {"name": "model", "version": "1"},
        "input": {"text": "A text"},
        "output": {"label": "cow", "confidence": 0.6},
        **fields,
    }


def refuse(team: Team) -> DeadLetter:
    makers.make_policy(team.project)
    intake.accept(intake.open_desk(team.project), [row()])
    return DeadLetter.objects.get()


def send(team: Team, letter: DeadLetter, text: str) -> str:
    client = team.as_("lead")
    url = team.url(f"refused/{letter.pk}/send/")
    answer = client.post(url, {"row": text}, follow=True)
    return answer.content.decode()


def test_a_mended_row_is_taken_in_and_its_letter_is_gone(team: Team) -> None:
    letter = refuse(team)

    page = send(team, letter, json.dumps(row(output={"label": "cat"})))

    assert "a1 was taken in: review" in page
    assert Prediction.objects.get().label == "cat"
    assert not DeadLetter.objects.exists()
    assert AuditEntry.objects.filter(action="refused row sent again").exists()


def test_a_row_that_still_does_not_fit_stays_and_is_told_why(team: Team) -> None:
    letter = refuse(team)

    page = send(team, letter, json.dumps(row()))

    assert "“cow” is not a label of this question" in page
    assert DeadLetter.objects.get() == letter
    assert not Prediction.objects.exists()


def test_what_is_not_json_is_told_and_stays(team: Team) -> None:
    letter = refuse(team)

    page = send(team, letter, '{"inference_id": ')

    assert "It is not JSON" in page
    assert DeadLetter.objects.get() == letter


def test_a_row_sent_meanwhile_by_its_endpoint_is_not_kept_twice(team: Team) -> None:
    letter = refuse(team)
    mended = row(output={"label": "cat"})
    intake.accept(intake.open_desk(team.project), [mended])

    page = send(team, letter, json.dumps(mended))

    assert "had been sent already; nothing was kept twice" in page
    assert Prediction.objects.count() == 1


def test_a_second_click_is_told_that_it_was_done_and_does_nothing_twice(
    team: Team,
) -> None:
    letter = refuse(team)
    mended = json.dumps(row(output={"label": "cat"}))
    send(team, letter, mended)

    page = send(team, letter, mended)

    assert "This row was sent again or put away" in page
    assert Prediction.objects.count() == 1
    assert AuditEntry.objects.filter(action="refused row sent again").count() == 1


def test_a_lead_of_another_project_cannot_touch_a_refused_row(team: Team) -> None:
    letter = refuse(team)
    other = makers.make_project()
    stranger = makers.sign_in(makers.make_member(other, "lead"))
    mended = json.dumps(row(output={"label": "cat"}))

    for slug in (team.project.slug, other.slug):
        for verb in ("send", "put-away"):
            stranger.post(f"/p/{slug}/refused/{letter.pk}/{verb}/", {"row": mended})

    assert DeadLetter.objects.get() == letter
    assert not Prediction.objects.exists()


def test_a_row_that_nobody_will_mend_is_put_away(team: Team) -> None:
    letter = refuse(team)

    team.as_("lead").post(team.url(f"refused/{letter.pk}/put-away/"))

    assert not DeadLetter.objects.exists()


def test_the_page_offers_to_mend_only_what_was_kept_whole(team: Team) -> None:
    makers.make_dead_letter(team.project, json.dumps(row()), endpoint="endpoint")
    makers.make_dead_letter(team.project, '{"cut', endpoint="endpoint")

    page = team.as_("lead").get(team.url("endpoints/endpoint/")).content.decode()

    assert page.count("Mend and send again") == 1
    assert "Too long to be kept whole" in page
