"""Endpoint pages: what came, what was refused and why, and an example that works."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from projects.recent import first_id
from reviewer import arrivals, intake
from reviewer.models import DeadLetter, Prediction
from tests import makers
from tests.journeys.callers import shown_call
from tests.reviewer.pages.makers import Team


def post(team: Team, *rows: dict[str, Any]) -> None:
    if not team.project.policies.exists():
        makers.make_policy(team.project)
    intake.accept(intake.open_desk(team.project), rows)


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "inference_id": f"id-{number}",
        "endpoint": "endpoint",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"Text {number}"},
        "output": {"label": "cat", "confidence": 0.6},
        **fields,
    }


def read(team: Team, path: str) -> str:
    response = team.as_("lead").get(team.url(path))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def test_a_refused_row_is_shown_with_reason_and_what_was_sent(team: Team) -> None:
    post(team, row(1), row(2, output={"label": "cow"}))

    page = read(team, "endpoints/endpoint/")

    assert "does_not_fit" in page
    assert "“cow” is not a label of this question" in page
    assert '"inference_id": "id-2"' in page


def test_rows_that_name_no_endpoint_are_shown_on_the_list(team: Team) -> None:
    post(team, row(1, endpoint="forgotten"))

    page = read(team, "endpoints/")

    assert "Refused rows that name no endpoint of this project" in page
    assert "unknown_endpoint" in page


def test_a_window_counts_only_what_came_in_it(team: Team) -> None:
    post(team, *(row(at) for at in range(5)))
    Prediction.objects.update(received_at=timezone.now() - timedelta(days=3))
    post(team, *(row(at) for at in range(10, 13)))

    at = timezone.now()
    (day,) = arrivals.of_endpoints([team.endpoint], at, 24)
    (week,) = arrivals.of_endpoints([team.endpoint], at, 24 * 7)

    assert (day.received, week.received) == (3, 8)
    assert (day.review, day.share_routed) == (3, 1.0)


def test_refusals_are_counted_by_reason(team: Team) -> None:
    post(team, row(1, output={"label": "cow"}), row(2, output={}))
    DeadLetter.objects.filter(inference_id="id-1").update(code="conflict")

    (found,) = arrivals.of_endpoints([team.endpoint], timezone.now(), 24)

    assert {each.code: each.n for each in found.refusals} == {
        "conflict": 1,
        "does_not_fit": 1,
    }


def test_the_example_on_the_page_would_be_taken_in_as_it_stands(team: Team) -> None:
    fields = [{"name": "picture", "type": "image"}, {"name": "text", "type": "text"}]
    schema = makers.make_schema(team.project, name="pictures", fields=fields)
    makers.make_endpoint(team.project, "camera", schema)
    makers.make_policy(team.project)

    url, example = shown_call(team.as_("lead"), team.url("endpoints/camera/"))
    (outcome,) = intake.accept(intake.open_desk(team.project), [example], dry_run=True)

    assert isinstance(outcome, intake.Taken), outcome
    assert url.endswith(f"/api/v1/projects/{team.project.slug}/predictions")


def test_the_example_reaches_the_server_whole_through_a_shell(team: Team) -> None:
    odd = ("can't $HOME `ls`", "b")
    schema = makers.make_schema(team.project, name="odd", labels=odd)
    makers.make_endpoint(team.project, "odd", schema)

    _, example = shown_call(team.as_("lead"), team.url("endpoints/odd/"))

    assert example["output"]["label"] == odd[0]


def test_an_unknown_endpoint_is_not_found(team: Team) -> None:
    assert team.as_("lead").get(team.url("endpoints/none/")).status_code == 404


def test_the_list_of_endpoints_does_not_ask_per_endpoint(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        name = makers.make_user().username
        makers.make_prediction(makers.make_endpoint(team.project, name))
    client = team.as_("lead")

    with django_assert_max_num_queries(14):
        assert client.get(team.url("endpoints/")).status_code == 200


def test_the_beginning_of_a_window_is_found_without_a_scan(team: Team) -> None:
    at = timezone.now()
    made = [makers.make_prediction(team.endpoint) for _ in range(25)]
    for age, prediction in enumerate(reversed(made)):
        Prediction.objects.filter(pk=prediction.pk).update(
            received_at=at - timedelta(hours=age)
        )

    found = first_id(Prediction, "received_at", at - timedelta(hours=9, minutes=30))

    assert found <= made[-10].pk
    assert found > made[-12].pk


def test_the_beginning_of_an_empty_table_is_zero(db: None) -> None:
    assert first_id(Prediction, "received_at", timezone.now()) <= 1
