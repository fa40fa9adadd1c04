"""Numbers on pages: weighted, with interval and count, and never more than is known."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from labeling.models import Gold
from reviewer import quality, scorecards
from reviewer.models import QueueItem
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.templatetags.figures import percent
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn, make_settled


def of_only_version(team: Team, **how: Any) -> quality.VersionQuality:
    (found,) = quality.of_versions(team.project, timezone.now(), **how)
    return found


def page(team: Team, role: str = "lead") -> str:
    response = team.as_(role).get(team.url("quality/"))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_each_answer_stands_for_what_it_was_drawn_from(team: Team) -> None:
    # of the doubtful (all reviewed) half are right; of the rest, 1 in 10 looked at, all
    for at in range(20):
        make_settled(team, "cat" if at % 2 else "dog", u=at / 20)
        make_settled(team, "cat", pi=0.1, u=at / 200)

    found = of_only_version(team)

    # (10 + 200) / (20 + 200), not the 30 / 40 of what was reviewed
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.value == pytest.approx(210 / 220)
    assert found.estimate.n == 40
    assert found.called == "Accuracy"


def test_the_raw_share_of_reviewed_answers_is_on_no_page(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat" if at % 2 else "dog", u=at / 20)
        make_settled(team, "cat", pi=0.1, u=at / 200)

    shown = page(team)

    assert "95.5 %" in shown
    assert "75.0 %" not in shown


def test_answers_that_saw_the_models_are_no_evidence(team: Team) -> None:
    for _ in range(30):
        make_settled(team, "cat", blind=False)

    found = of_only_version(team)

    assert found.estimate == NotEnough("10 more answers", 0)


def test_one_persons_vote_is_called_agreement_and_not_accuracy(team: Team) -> None:
    for at in range(12):
        make_settled(team, "cat", u=at / 20)
    make_settled(team, "cat", u=0.9, source=Gold.Source.SINGLE)

    assert of_only_version(team).called == "Agreement with reviewers"
    assert "Agreement with reviewers" in page(team)


def test_what_lies_behind_the_first_open_task_does_not_count_yet(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat", u=at / 100)
    make_drawn(team, u=0.5)
    for at in range(5):
        make_settled(team, "dog", u=0.6 + at / 100)

    found = of_only_version(team)

    assert isinstance(found.estimate, Estimate)
    # the open one itself is not counted either
    assert (found.estimate.value, found.not_yet) == (1.0, 6)


def test_while_a_queue_by_due_time_is_unfinished_its_kind_tells_nothing(
    team: Team,
) -> None:
    """Its places are no draw: taken for one, reviews would weigh ten times too much."""
    for at in range(20):
        make_settled(team, "cat", pi=0.25, u=at / 80)
        make_settled(team, "dog", b=0.2, u=at / 21, item={"place": 0.1 + at / 1e6})
    for _ in range(60 + 80):
        makers.make_prediction(team.endpoint, label="cat", pi=0.25, u=0.9)
    closed = of_only_version(team)
    make_drawn(team, b=0.2, u=0.99, item={"place": 0.2})

    found = of_only_version(team)

    assert isinstance(closed.estimate, Estimate)
    assert closed.estimate.value == pytest.approx(80 / 180)
    assert isinstance(found.estimate, NotEnough)
    assert "stand for the other" in found.estimate.missing
    assert found.not_yet == 21


def test_so_do_tasks_that_came_while_a_queue_had_another_order(team: Team) -> None:
    """Doubtful ones were first: of those before the open one, more are wrong."""
    for at in range(60):
        truth = "dog" if at < 30 else "cat"
        place = {"place": at / 120}
        make_settled(team, truth, b=0.2, u=(at * 37 % 60) / 61, item=place)
    make_drawn(team, b=0.2, u=0.99, item={"place": 0.25})

    found = of_only_version(team)

    assert found.estimate == NotEnough("10 more answers", 0)
    assert found.not_yet == 61


def test_an_overdue_task_counts_as_one_without_an_answer(team: Team) -> None:
    for at in range(19):
        make_settled(team, "cat", u=at / 20)
    overdue = {"due_at": timezone.now() - timedelta(hours=1)}
    make_drawn(team, u=0.97, item=overdue)

    found = of_only_version(team)

    assert found.nonresponse == pytest.approx(0.05)
    assert isinstance(found.estimate, Estimate)
    assert (found.estimate.value, found.estimate.high) == (1.0, 1.0)
    assert "worst case" in found.estimate.method
    assert "5.0 %" in page(team)


def test_a_withdrawn_task_counts_as_one_without_an_answer(team: Team) -> None:
    for at in range(19):
        make_settled(team, "cat", u=at / 20)
    make_drawn(team, u=0.2, state=QueueItem.State.WITHDRAWN)

    found = of_only_version(team)

    assert found.nonresponse == pytest.approx(0.05)
    assert found.not_yet == 0


def test_a_task_that_an_adjudicator_settles_counts_once(team: Team) -> None:
    disputes = makers.make_queue(team.project, purpose="adjudication")
    for at in range(20):
        task = make_settled(team, "cat", u=at / 20, source=Gold.Source.EXPERT)
        makers.make_queue_item(disputes, task, state=QueueItem.State.DONE, done=1)

    found = of_only_version(team)

    assert isinstance(found.estimate, Estimate)
    assert (found.estimate.n, found.not_yet) == (20, 0)


def test_a_repeated_input_is_left_out(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat", u=at / 20)
    make_settled(team, "dog", u=0.5, repeats=True)

    assert of_only_version(team).estimate.n == 20


def test_each_version_has_a_number_of_its_own(team: Team) -> None:
    for at in range(12):
        make_settled(team, "cat", u=at / 20, model_version="1")
        make_settled(team, "dog", u=at / 20, model_version="2")

    found = quality.of_versions(team.project, timezone.now())

    values = {
        each.version.number: each.estimate.value
        for each in found
        if isinstance(each.estimate, Estimate)
    }
    assert values == {"1": 1.0, "2": 0.0}


def test_a_window_leaves_older_predictions_out(team: Team) -> None:
    for at in range(12):
        old = make_settled(team, "dog", u=at / 20)
        type(old.prediction).objects.filter(task=old).update(
            received_at=timezone.now() - timedelta(days=40)
        )
    for at in range(12):
        make_settled(team, "cat", u=at / 20)

    month, ever = of_only_version(team), of_only_version(team, days=None)

    assert (month.predictions, ever.predictions) == (12, 24)
    assert month.estimate.n == 12
    assert ever.estimate.n == 24


def test_labels_show_numbers_only_where_there_are_enough(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat", "cat", u=at / 20)
    make_settled(team, "dog", "dog", u=0.5)

    shown = page(team)

    assert "Not enough data: 9 more answers" in shown
    by_label = {each.label: each for each in of_only_version(team).labels}
    assert isinstance(by_label["cat"].recall, Estimate)
    assert isinstance(by_label["dog"].recall, NotEnough)


def test_two_people_who_agree_have_an_alpha_with_its_count(team: Team) -> None:
    other = makers.make_member(team.project)
    for at in range(20):
        task = make_settled(team, "cat")
        label = "cat" if at % 2 else "dog"
        makers.make_annotation(task, team.reviewer, label, blind=True)
        makers.make_annotation(task, other, label, blind=True)

    found = quality.of_people(team.project, timezone.now())

    assert isinstance(found.blind, Estimate)
    assert (found.blind.value, found.blind.n) == (1.0, 20)
    assert isinstance(found.shown, NotEnough)
    assert "n 20 tasks" in page(team)


def test_check_tasks_measure_a_reviewer_with_interval(team: Team) -> None:
    for at in range(10):
        task = makers.make_task(team.project)
        makers.make_gold(task, "cat", source=Gold.Source.EXPERT)
        label = "cat" if at else "dog"
        makers.make_annotation(task, team.reviewer, label, check_task=True, seconds=at)

    cards = scorecards.of_project(team.project, timezone.now())

    (card,) = [each for each in cards if each.user == team.reviewer]
    assert isinstance(card.checks, Estimate)
    assert (card.checks.value, card.checks.n, card.seconds) == (0.9, 10, 4.5)
    assert card.checks.low < 0.9 < card.checks.high
    assert isinstance(card.agreement, NotEnough)


def test_an_own_vote_never_counts_as_agreement_with_oneself(team: Team) -> None:
    for _ in range(6):
        alone = make_settled(team, "dog", source=Gold.Source.SINGLE)
        makers.make_annotation(alone, team.reviewer, "dog")
        judged = make_settled(team, "dog", source=Gold.Source.EXPERT)
        makers.make_annotation(judged, team.reviewer, "cat")

    cards = scorecards.of_project(team.project, timezone.now())

    (card,) = [each for each in cards if each.user == team.reviewer]
    assert isinstance(card.agreement, Estimate)
    assert (card.agreement.value, card.agreement.n) == (0.0, 6)


@pytest.mark.parametrize("path", ["quality/", "endpoints/", "policy/"])
def test_reviewers_do_not_see_what_leads_measure(team: Team, path: str) -> None:
    assert team.as_("adjudicator").get(team.url(path)).status_code == 403


def test_the_api_gives_value_interval_count_method_and_window(team: Team) -> None:
    for at in range(12):
        make_settled(team, "cat", u=at / 20)
    url = f"/api/v1/projects/{team.project.slug}/quality"
    headers = makers.bearer(makers.make_token(team.project, "lead"))

    told = team.as_("lead").get(url, headers=headers).json()

    (version,) = told["versions"]
    assert version["estimate"]["value"] == 1.0
    assert version["estimate"]["n"] == 12
    assert 0 < version["estimate"]["low"] < 1
    assert version["estimate"]["method"]
    assert version["designs"]
    assert told["window"]["days"] == 30
    assert version["calibration_error"]["n"] == 12
    assert version["labels"]["cat"]["f1"]["value"] == 1.0


def test_the_api_tells_of_each_number_in_its_schema(team: Team) -> None:
    for at in range(12):
        make_settled(team, "cat", u=at / 20)
    client = team.as_("lead")
    described = client.get("/api/schema?format=json").json()
    path = described["paths"]["/api/v1/projects/{project}/quality"]["get"]
    answer = path["responses"]["200"]["content"]["application/json"]["schema"]
    version = answer["properties"]["versions"]["items"]

    told = client.get(f"/api/v1/projects/{team.project.slug}/quality").json()

    (first,) = told["versions"]
    assert set(answer["required"]) == set(told)
    assert set(version["required"]) == set(first)
    label = version["properties"]["labels"]["additionalProperties"]
    assert set(label["required"]) == set(first["labels"]["cat"])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Calibration error", "F1")), ("de", ("Kalibrierungsfehler", "F1"))],
)
def test_the_page_tells_calibration_error_and_f1(
    team: Team, language: str, words: tuple[str, ...]
) -> None:
    for at in range(60):
        sure = (0.6, 0.9)[at % 2]
        make_settled(team, "cat" if at % 3 else "dog", u=at / 100, confidence=sure)
    client = team.as_("lead")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    shown = re.sub(r"\s+", " ", client.get(team.url("quality/")).content.decode())

    found = of_only_version(team)
    for number in (found.estimate, found.calibration, found.labels[0].f1):
        assert isinstance(number, Estimate)
        with translation.override(language):
            told = percent(number.value)
        assert told.replace("\u202f", " ") in shown
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.method in shown
    assert all(word in shown for word in words)


def test_one_prediction_without_a_confidence_is_said_on_the_page(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat", u=at / 20)
    makers.make_prediction(team.endpoint, confidence=None)

    assert "1 of 21 predictions came with none" in page(team)


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "never", "99999", "²"])
def test_the_api_names_a_window_that_cannot_be(team: Team, days: str) -> None:
    url = f"/api/v1/projects/{team.project.slug}/quality?days={days}"

    response = team.as_("lead").get(url)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "days"


def test_the_quality_page_does_not_ask_per_row(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for at in range(12):
        task = make_settled(team, u=at / 20, model_version=str(at))
        makers.make_annotation(task, makers.make_member(team.project))
    client = team.as_("lead")

    with django_assert_max_num_queries(24):
        assert client.get(team.url("quality/")).status_code == 200
