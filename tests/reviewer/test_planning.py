"""A budget planned and kept through the product's own intake and queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from reviewer import fits_in_use, intake, planning
from reviewer.models import Fit, Prediction
from tests import makers
from tests.reviewer.sites import Site

pytestmark = pytest.mark.django_db(transaction=True)
RULES: dict[str, Any] = {"audit": 0.02, "budget": {"reviews_a_day": 200}}


def plan(site: Site, hours: float = 0) -> None:
    planning.plan(site.project.pk, timezone.now() + timedelta(hours=hours))


def levels(site: Site) -> tuple[float, ...]:
    return fits_in_use.known(site.policy).plans["model", "1"].levels


def test_without_answers_all_have_the_same_chance_of_a_look() -> None:
    site = Site(RULES)
    site.send(800)

    plan(site)

    fit = Fit.objects.get()
    assert (fit.kind, fit.evidence["answers"]) == ("plan", 0)
    # 200 of 800 a day are one in four; levels are rounded up, so the one below is taken
    assert set(levels(site)) == {0.25}
    assert fit.evidence["expected"] == pytest.approx(200)


def test_with_answers_doubtful_predictions_are_looked_at_more_often() -> None:
    site = Site({**RULES, "audit": 0.3, "budget": {"reviews_a_day": 700}})
    site.send(1_200)
    site.answer_all()

    plan(site)

    fit = Fit.objects.get()
    assert fit.evidence["answers"] == len(site.drawn_blind())
    known = fits_in_use.known(site.policy).plans["model", "1"]
    assert known.inclusion(0.6) > known.inclusion(0.995) >= 0.3
    sure = Prediction.objects.values_list("confidence", flat=True)
    assert sum(map(known.inclusion, sure)) == pytest.approx(700, rel=0.05)


def test_a_plan_is_made_once_an_hour_and_never_edited() -> None:
    site = Site(RULES)
    site.send(300)

    plan(site)
    plan(site, hours=0.5)
    first = Fit.objects.values().get()
    plan(site, hours=1.1)

    assert Fit.objects.values().earliest("number") == first
    assert Fit.objects.latest("number").number == 2


def test_two_versions_share_the_budget_by_what_they_send() -> None:
    site = Site(RULES)
    site.send(600)
    site.send(200, version="2")

    plan(site)

    expected = dict(Fit.objects.values_list("model_version", "evidence__expected"))
    assert expected == pytest.approx({"1": 150, "2": 50}, rel=0.25)
    assert sum(expected.values()) <= 200


def test_once_so_many_were_drawn_today_only_the_floor_is_left() -> None:
    site = Site({**RULES, "budget": {"reviews_a_day": 30}})
    site.send(600)
    before = Prediction.objects.exclude(verdict="accepted").count()
    assert before >= 30
    fits_in_use.forget()

    site.send(100)

    later = Prediction.objects.order_by("-pk")[:100]
    assert {each.pi for each in later} == {0.02}
    assert all("the day’s budget of 30 reviews is spent" in e.reason for e in later)
    more = sum(each.verdict != "accepted" for each in later)
    today = fits_in_use.drawn_today(site.project.pk, timezone.now())
    assert today == before + more
    tomorrow = timezone.now() + timedelta(days=1)
    assert fits_in_use.drawn_today(site.project.pk, tomorrow) == 0


def test_another_policy_is_planned_anew() -> None:
    site = Site(RULES)
    site.send(300)
    plan(site)

    makers.make_policy(site.project, **{**RULES, "budget": {"reviews_a_day": 100}})
    assert fits_in_use.known(site.policy).plans == {}
    plan(site)

    assert Fit.objects.latest("number").evidence["expected"] <= 100


def test_a_prediction_keeps_the_decision_it_got() -> None:
    site = Site(RULES)
    site.send(300)
    first = Prediction.objects.earliest("pk")
    plan(site)

    row = {
        "inference_id": first.inference_id,
        "endpoint": "eyes",
        "model": {"name": "model", "version": "1"},
        "input": {"text": f"something about {first.inference_id}"},
        "output": {"label": first.label, "confidence": first.confidence},
    }
    (again,) = intake.accept(intake.open_desk(site.project), [row])

    assert again.duplicate  # type: ignore[union-attr]
    assert again.pi == first.pi  # type: ignore[union-attr]
