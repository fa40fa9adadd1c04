"""What the policy page says of a promise, in each of its states and in German."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from reviewer import policies_in_use, promise_terms
from reviewer.models import Fit, Policy, PromiseProcess
from reviewer.stats import promises, threshold_process
from reviewer.stats.promises import Answers, Fitted
from reviewer.stats.threshold_state import Process
from tests import makers
from tests.reviewer.pages.makers import Team

RULES: dict[str, Any] = {"audit": 0.1, "promise": {"wrong": 0.01, "sure": 0.95}}


def read(team: Team, language: str = "en") -> str:
    client = team.as_("lead")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    html = client.get(team.url("policy/")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def a_process(policy: Policy, right: int = 0, **fields: Any) -> PromiseProcess:
    """A process that has seen so many right answers, drawn one in ten."""
    number = PromiseProcess.objects.count() + 1
    delta = promises.part_of_delta(0.05, number)
    sure = np.linspace(0.5, 1, 1_000)
    state = threshold_process.start(sure, 0.1, alpha=0.01, delta=delta, planned=3_000)
    assert isinstance(state, Process)
    given = Answers.of(np.full(right, 0.995), np.zeros(right), np.full(right, 0.1))
    state = threshold_process.take(state, given)
    return PromiseProcess.objects.create(
        project=policy.project,
        number=number,
        terms=promise_terms.terms(policies_in_use.read(policy)),
        model_name="eyes",
        model_version="7",
        delta=delta,
        state=state.as_json(),
        upto=0,
        answers=right,
        began_at=timezone.now(),
        **fields,
    )


def a_fit(process: PromiseProcess, policy: Policy, kind: str = "threshold") -> Fit:
    found = threshold_process.fitted(Process.from_json(process.state))
    assert isinstance(found, Fitted)
    return Fit.objects.create(
        project=policy.project,
        policy=policy,
        process=process,
        number=Fit.objects.count() + 1,
        kind=kind,
        model_name="eyes",
        model_version="7",
        threshold=found.threshold if kind == "threshold" else None,
        evidence={
            "process": process.number,
            "answers": process.answers,
            "wrong": 0,
            "found": found.as_json(),
        },
        delta=process.delta,
        made_at=timezone.now(),
    )


def test_a_promise_without_predictions_says_what_it_waits_for(team: Team) -> None:
    makers.make_policy(team.project, **RULES)

    said = read(team)

    assert "At most 1.0 % wrong among the accepted, 95.0 % sure." in said
    assert "it would need 299 blind answers without an error" in said
    assert "from number 200 of a model version on" in said


def test_a_policy_without_a_promise_says_nothing_of_one(team: Team) -> None:
    makers.make_policy(team.project, audit=0.1)

    assert "What it promises" not in read(team)


def test_evidence_that_is_too_little_says_how_much_is_missing(team: Team) -> None:
    policy = makers.make_policy(team.project, **RULES)
    process = a_process(policy, right=100, overdue=2)

    said = read(team)

    assert "None yet" in said
    needed = promises.labels_needed(0.01, process.delta)
    assert f"of at least {needed}" in said
    assert "(2 came too late and count as wrong)" in said
    missing = threshold_process.fitted(Process.from_json(process.state))
    assert f"Not enough data: {missing.missing}" in said  # type: ignore[union-attr]


def test_the_pace_tells_in_how_many_days_there_may_be_enough(team: Team) -> None:
    policy = makers.make_policy(team.project, **RULES)
    process = a_process(policy, right=100)
    endpoint = makers.make_endpoint(team.project, "eye")
    for at in range(20):
        made = makers.make_prediction(
            endpoint,
            verdict="audit",
            blind=True,
            model_name="eyes",
            model_version="7",
            task=makers.make_task(team.project),
        )
        since = timezone.now() - timedelta(days=2 if at % 2 else 0)
        type(made).objects.filter(pk=made.pk).update(received_at=since)

    days = (promises.labels_needed(0.01, process.delta) - 100) / 10

    assert f"in about {int(days) + 1} days at the present pace" in read(team)


def test_a_threshold_that_holds_shows_its_shares_and_its_fit(team: Team) -> None:
    policy = makers.make_policy(team.project, **RULES)
    fit = a_fit(a_process(policy, right=2_000), policy)

    said = read(team)

    assert f"{fit.threshold:.4f} Holds" in said
    assert "as promised" in said
    assert "2,000 blind answers, 0 of them wrong (process 1)" in said
    assert "of the 5.0 % in which the promise may fail" in said
    assert "0.0 % 0.0 % to 1.0 %, n " in said


def test_a_suspended_promise_says_so_and_what_is_missing(team: Team) -> None:
    policy = makers.make_policy(team.project, **RULES)
    first = a_process(policy, right=2_000, ended_at=timezone.now())
    a_fit(first, policy)
    a_fit(first, policy, "suspended")
    a_process(policy, right=50)

    said = read(team)

    assert "More was wrong than promised" in said
    assert "Holds" not in said
    assert "more right answers of confidence" in said


def test_fits_under_another_promise_are_history_only(team: Team) -> None:
    before = makers.make_policy(team.project, **RULES)
    a_fit(a_process(before, right=2_000, ended_at=timezone.now()), before)
    makers.make_policy(team.project, **{**RULES, "promise": {"wrong": 0.02}})

    said = read(team)

    assert "Holds" not in said
    assert "2,000 blind answers" in said


@pytest.mark.parametrize(
    "words",
    [
        "Was es verspricht",
        "Noch keine",
        "richtige Antworten mit Konfidenz",
        "Nichts ist versprochen",
    ],
)
def test_the_promise_speaks_german(team: Team, words: str) -> None:
    policy = makers.make_policy(team.project, **RULES)
    a_process(policy, right=100)

    assert words in read(team, "de")
