"""What the policy page says of a budget, in each of its states and in German."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.utils import timezone

from reviewer.models import Fit, Policy
from tests import makers
from tests.reviewer.pages.makers import Team

RULES: dict[str, Any] = {"audit": 0.02, "budget": {"reviews_a_day": 3}}


def read(team: Team, language: str = "en") -> str:
    client = team.as_("lead")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    html = client.get(team.url("policy/")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def a_plan(policy: Policy, answers: int) -> Fit:
    return Fit.objects.create(
        project=policy.project,
        policy=policy,
        number=1,
        kind=Fit.Kind.PLAN,
        model_name="eyes",
        model_version="7",
        design={"intercept": 0, "slope": 1, "scale": 1, "even": 1, "spread": 0.1},
        evidence={
            "answers": answers,
            "wrong": 4,
            "predictions": 1_234,
            "expected": 2.96,
        },
        made_at=timezone.now(),
    )


def drawn(team: Team, n: int) -> None:
    for _ in range(n):
        task = makers.make_task(team.project)
        makers.make_prediction(team.endpoint, verdict="audit", task=task)


def test_before_the_first_plan_the_page_says_what_holds(team: Team) -> None:
    makers.make_policy(team.project, **RULES)
    drawn(team, 2)

    said = read(team)

    assert "Drawn today (UTC): 2 of about 3 reviews." in said
    assert "until the first one, at least 10.0 % is looked at" in said
    assert "Until tomorrow" not in said


def test_a_plan_says_what_it_expects_and_rests_on(team: Team) -> None:
    a_plan(makers.make_policy(team.project, **RULES), answers=20)

    said = read(team)

    assert "about 3 reviews a day, beside those that rules ask for" in said
    assert "1,234 predictions, 20 blind answers, 4 of them wrong" in said
    assert "all have the same chance" in said


def test_a_budget_that_is_spent_says_so(team: Team) -> None:
    a_plan(makers.make_policy(team.project, **RULES), answers=60)
    drawn(team, 3)

    said = read(team)

    assert "Until tomorrow only the floor is drawn" in said
    assert "all have the same chance" not in said


def test_the_budget_speaks_german(team: Team) -> None:
    makers.make_policy(team.project, **RULES)

    said = read(team, "de")

    assert "Heute gezogen (UTC): 0 von etwa 3 Prüfungen." in said
    assert "Noch kein Plan" in said
