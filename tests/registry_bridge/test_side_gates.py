"""Calibration, latency and cost hold a proposal back, and say what would decide them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from registry_bridge import promotion, retraining, side_gates, timing
from registry_bridge.gates import Finding
from registry_bridge.models import Gate, GateCheck, Promotion, Study, Training
from tests import makers
from tests.registry_bridge.makers import (
    Loop,
    dead_letters,
    make_gate,
    review,
    work,
)
from tests.registry_bridge.shadows import Studied, endpoint_of, make_study

pytestmark = pytest.mark.django_db
Verdict = GateCheck.Verdict
FAST = [float(ms) for ms in range(1, 301)]


def trained(loop: Loop) -> Training:
    training = retraining.start(loop.project, by=loop.lead)
    work()
    training.refresh_from_db()
    return training


def proposed() -> bool:
    return Promotion.objects.filter(kind="promote").exists()


def judged(gate: Gate, **evidence: Any) -> Finding:
    training = Training(project=gate.project, version="2", champion="1")
    return side_gates.judge(gate, training, evidence, timezone.now())


def estimate(value: float, low: float, high: float, n: int = 400) -> dict[str, Any]:
    return {
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "method": "made up",
        "level": 0.95,
    }


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.05, Verdict.OPEN),
        (0.01, 0.0501, Verdict.NOT_ENOUGH),
        (0.05, 0.09, Verdict.NOT_ENOUGH),
        (0.0501, 0.09, Verdict.SHUT),
    ],
)
def test_a_side_condition_is_decided_by_the_end_of_its_interval(
    loop: Loop, low: float, high: float, verdict: str
) -> None:
    gate = make_gate(loop.project, "calibration", at_most=0.05)
    error = {"challenger": estimate((low + high) / 2, low, high)}

    assert judged(gate, calibration_error=error).verdict == verdict


def test_what_is_not_decided_says_about_how_many_more_answers_it_takes(
    loop: Loop,
) -> None:
    gate = make_gate(loop.project, "calibration", at_most=0.05)
    error = {"challenger": estimate(0.04, 0.02, 0.06)}

    found = judged(gate, calibration_error=error)

    assert found.words == (
        "Calibration error 0.040 (0.020 to 0.060, n = 400): not proven to be at most "
        "0.050. About 1,200 more would decide it."
    )


def test_a_challenger_may_be_compared_with_the_version_in_use(loop: Loop) -> None:
    gate = make_gate(loop.project, "calibration", margin=0.01)
    error = {"increase": estimate(-0.02, -0.05, 0.02)}
    less = {"increase": estimate(-0.02, -0.05, 0.01)}

    assert judged(gate, calibration_error=error).verdict == Verdict.NOT_ENOUGH
    assert judged(gate, calibration_error=less).verdict == Verdict.OPEN


def test_evidence_from_before_it_was_measured_is_not_enough(loop: Loop) -> None:
    for condition, limit in (("calibration", "at_most"), ("latency", "at_most_ms")):
        gate = make_gate(loop.project, condition, **{limit: 0.1})

        found = judged(gate)

        assert found.verdict == Verdict.NOT_ENOUGH
        assert "missing: a comparison in which this was measured" in found.words


def test_answers_that_are_surely_too_slow_hold_a_better_challenger_back(
    loop: Loop,
) -> None:
    make_gate(loop.project, "challenger_better")
    slow = make_gate(loop.project, "latency", at_most_ms=200)
    loop.world.times = {"champion": FAST, "challenger": FAST}
    review(loop)

    training = trained(loop)

    check = slow.checks.get()
    assert check.verdict == Verdict.SHUT
    assert check.words.startswith("P95 latency 285.0 ms (")
    assert check.words.endswith("surely more than 200.0 ms.")
    assert check.evidence["challenger"] == {"version": training.version}
    assert "The challenger is better" in training.outcome
    assert "Held back by latency: P95 latency 285.0 ms" in training.outcome
    assert not proposed()
    assert dead_letters() == []


def test_a_lead_may_propose_what_a_side_condition_held_back(loop: Loop) -> None:
    make_gate(loop.project, "challenger_better")
    make_gate(loop.project, "latency", at_most_ms=200)
    review(loop)
    training = trained(loop)

    made = promotion.propose(
        loop.project, training.version, by=loop.lead, reason="It is worth it."
    )

    page = makers.sign_in(loop.other_lead).get(
        f"/p/{loop.project.slug}/promotions/{made.pk}/"
    )
    assert made.proposed_by == loop.lead
    assert made.evidence["side_gates"][0]["verdict"] == "not_enough"
    assert "Side conditions" in page.content.decode()


def test_with_all_side_conditions_open_the_gate_proposes_and_keeps_them(
    loop: Loop,
) -> None:
    make_gate(loop.project, "challenger_better")
    make_gate(loop.project, "latency", at_most_ms=300, margin=0.2)
    make_gate(loop.project, "calibration", at_most=0.2)
    loop.world.times = {"champion": FAST, "challenger": FAST}
    loop.world.sure = 0.95
    review(loop, 200, 200)

    trained(loop)

    made = Promotion.objects.get(kind="promote")
    kept = {each["gate"]: each for each in made.evidence["side_gates"]}
    assert {name: each["verdict"] for name, each in kept.items()} == {
        "latency": "open",
        "calibration": "open",
    }
    assert "P95 latency to the champion's 1.00 times" in kept["latency"]["words"]
    page = makers.sign_in(loop.lead).get(
        f"/p/{loop.project.slug}/promotions/{made.pk}/"
    )
    assert "P95 latency 285.0 ms" in page.content.decode()


def test_each_look_at_a_side_condition_is_kept_in_mlflow(loop: Loop) -> None:
    make_gate(loop.project, "latency", at_most_ms=200)
    loop.world.times = {"champion": FAST, "challenger": FAST}
    review(loop)
    trained(loop)

    loop.model.refresh_from_db()
    seen = loop.world.tracking.run(loop.model.metrics_run_id)
    assert seen.metrics["gate/latency/open"] == 0.0
    assert seen.metrics["gate/latency/p95_latency/value"] == 285.0
    assert seen.metrics["gate/latency/p95_latency/n"] == 300.0


def test_too_few_timed_answers_say_how_many_are_missing(loop: Loop) -> None:
    gate = make_gate(loop.project, "latency", at_most_ms=200)
    found = judged(gate, latency=timing.of_both({"challenger": FAST[:50]}))

    assert found.verdict == Verdict.NOT_ENOUGH
    assert "missing: 22 more timed answers (n = 50)" in found.words


def test_no_study_begins_that_could_open_nothing(loop: Loop) -> None:
    make_gate(loop.project, "challenger_better", rule="study")
    make_gate(loop.project, "latency", at_most_ms=200)
    loop.world.times = {"champion": FAST, "challenger": FAST}
    review(loop)

    training = trained(loop)

    assert training.outcome.startswith("Held back by latency:")
    assert not Study.objects.exists()


def send(loop: Loop, n: int = 100) -> None:
    """So many predictions of the version in use within the last day."""
    for _ in range(n):
        made = makers.make_prediction(
            endpoint_of(loop), model_version="1", confidence=0.99, pi=0.02
        )
        made.received_at = timezone.now() - timedelta(hours=1)
        made.save(update_fields=["received_at"])


def cost_of(loop: Loop, **limits: float) -> Finding:
    gate = make_gate(loop.project, "cost", **limits)
    return judged(gate)


def test_what_a_challenger_costs_a_day_is_forecast_by_todays_policy(
    loop: Loop,
) -> None:
    sure = {"name": "all", "when": {"confidence_below": 1}}
    makers.make_policy(loop.project, audit=0.02, rules=[sure])
    send(loop)

    shut = cost_of(loop, reviews_a_day=99)
    Gate.objects.filter(condition="cost").delete()
    open_ = cost_of(loop, reviews_a_day=100)

    assert (shut.verdict, open_.verdict) == (Verdict.SHUT, Verdict.OPEN)
    assert shut.words == (
        "Reviews a day 100.0 (100.0 to 100.0, n = 100): surely more than 99.0."
    )


def test_minutes_need_people_whose_time_is_known(loop: Loop) -> None:
    sure = {"name": "all", "when": {"confidence_below": 1}}
    makers.make_policy(loop.project, audit=0.02, rules=[sure])
    send(loop)

    found = cost_of(loop, minutes_per_1000=30)

    assert found.verdict == Verdict.NOT_ENOUGH
    assert "missing: 10 more timed reviews" in found.words


def test_without_a_policy_or_predictions_no_cost_is_known(loop: Loop) -> None:
    nothing = cost_of(loop, reviews_a_day=10)
    makers.make_policy(loop.project, audit=0.02)
    Gate.objects.filter(condition="cost").delete()
    quiet = cost_of(loop, reviews_a_day=10)

    assert "a policy that routes predictions" in nothing.words
    assert "30 predictions of the last 7 days" in quiet.words


@pytest.fixture
def dear(loop: Loop) -> Studied:
    """A study whose challenger is better, and costs more than it may."""
    sure = {"name": "all", "when": {"confidence_below": 1}}
    makers.make_policy(loop.project, audit=0.02, rules=[sure])
    studied = make_study(loop)
    make_gate(loop.project, "cost", reviews_a_day=5)
    studied.send(*["cat"] * 30, *["dog"] * 10)
    studied.advance()
    studied.settle_all()
    return studied


def test_a_study_that_is_held_back_asks_for_no_more_labels(dear: Studied) -> None:
    study = dear.advance()

    assert study.state == Study.State.STOPPED
    assert study.words.startswith("Held back by cost: Reviews a day")
    better = GateCheck.objects.filter(gate__condition="challenger_better")
    assert better.latest("pk").verdict == Verdict.OPEN
    assert GateCheck.objects.get(gate__condition="cost").study == study
    assert not proposed()


def test_a_study_that_was_held_back_proposes_once_nothing_is_in_the_way(
    dear: Studied,
) -> None:
    dear.advance()
    still = dear.advance().state
    checks = GateCheck.objects.filter(gate__condition="cost").count()

    Gate.objects.filter(condition="cost").update(settings={"reviews_a_day": 1_000})
    study = dear.advance()

    assert (still, checks) == (Study.State.STOPPED, 1)
    assert study.state == Study.State.OVER
    assert study.promotion is not None
    (side,) = study.promotion.evidence["side_gates"]
    assert side["verdict"] == "open"


def test_a_study_forecasts_its_cost_anew_after_a_while_only(dear: Studied) -> None:
    dear.advance()
    check = GateCheck.objects.get(gate__condition="cost")
    makers.make_policy(dear.loop.project, audit=0.02)

    dear.advance()
    early = GateCheck.objects.get(gate__condition="cost")
    GateCheck.objects.update(at=timezone.now() - side_gates.AGAIN)
    dear.advance()

    assert early.evidence == check.evidence
    assert GateCheck.objects.filter(gate__condition="cost").latest("pk").at > check.at
