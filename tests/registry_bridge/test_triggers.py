"""When trainings start by themselves, how many may, and what is said when none does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from projects.models import AuditEntry
from registry_bridge import gates, plans, promotion, retraining, scheduling, triggers
from registry_bridge.models import RegisteredModel, Training
from registry_bridge.plans import Plan
from tests.registry_bridge.makers import Loop, make_gate, review, work
from tests.registry_bridge.shadows import make_study
from tests.reviewer.together import together

State = Training.State
FRIDAY = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)


def plan(loop: Loop, **section: Any) -> None:
    plans.change(loop.project, section, loop.lead)
    loop.model.refresh_from_db()


def ended(loop: Loop, ago: timedelta, **fields: Any) -> Training:
    """A training that began and ended so long ago."""
    at = timezone.now() - ago
    number = Training.objects.count()
    made = Training.objects.create(
        project=loop.project,
        attempt=number + 100,
        job_name=f"job-{number}",
        **{"state": State.DONE, "version": str(number), "ended_at": at, **fields},
    )
    Training.objects.filter(pk=made.pk).update(created_at=at)
    return made


def forget(loop: Loop) -> None:
    """As if the first model had been trained long ago."""
    old = timezone.now() - timedelta(days=100)
    Training.objects.update(created_at=old, ended_at=old)


def why_not(loop: Loop) -> list[str]:
    loop.model.refresh_from_db()
    return triggers.why_not(loop.model, timezone.now())


def scheduled(loop: Loop) -> int:
    return Training.objects.filter(project=loop.project, scheduled=True).count()


@pytest.mark.parametrize(
    ("when", "due"),
    [
        (Plan(days=7), FRIDAY + timedelta(days=7)),
        (Plan(weekday=4, hour=12), FRIDAY.replace(hour=12, minute=0)),
        (
            Plan(weekday=4, hour=3),
            FRIDAY.replace(day=27, hour=3, minute=0) + timedelta(7),
        ),
        (Plan(weekday=0, hour=3), FRIDAY.replace(day=30, hour=3, minute=0)),
        (Plan(), None),
    ],
)
def test_the_next_training_is_due_by_the_start_of_the_last(
    when: Plan, due: datetime | None
) -> None:
    assert when.due(FRIDAY) == due


@pytest.mark.parametrize(
    ("section", "field"),
    [
        ([], ""),
        ({"every": "week"}, "every"),
        ({"every": "0 days"}, "every"),
        ({"every": {"weekday": "monday"}}, "every"),
        ({"every": {"weekday": "monday", "hour": 24}}, "every"),
        ({"most_a_week": 0}, "most_a_week"),
        ({"most_a_week": True}, "most_a_week"),
        ({"cool_down_hours": 1.5}, "cool_down_hours"),
        ({"often": 1}, "often"),
    ],
)
def test_a_plan_that_cannot_be_is_told_by_its_key(section: Any, field: str) -> None:
    assert [each["field"] for each in plans.check(section)] == [field]


def test_a_whole_plan_is_read() -> None:
    section = {
        "every": {"weekday": "sunday", "hour": 3},
        "new_rows": 9,
        "most_a_week": 2,
    }
    assert plans.check(section) == []

    read = plans.of(RegisteredModel(retraining=section))

    assert read == Plan(weekday=6, hour=3, new_rows=9, most_a_week=2)


def test_the_schedule_trains_once_its_day_has_come(loop: Loop) -> None:
    plan(loop, every="7 days")
    review(loop, 4, 4)
    scheduling.ask()
    work()
    assert scheduled(loop) == 0

    forget(loop)
    scheduling.ask()
    work()
    scheduling.ask()
    work()

    made = Training.objects.get(scheduled=True)
    assert (made.state, made.started_by, made.gate) == (State.DONE, None, None)


def test_the_schedule_waits_for_new_gold(loop: Loop) -> None:
    plan(loop, every="1 days", new_rows=9)
    forget(loop)
    review(loop, 4, 4)

    found = scheduling.due(loop.model)
    assert found is not None
    assert (found.new_rows, found.wanted) == (8, 9)
    assert scheduling.start_if_due(loop.project, timezone.now()) is None
    review(loop, 1, 0)

    assert scheduling.start_if_due(loop.project, timezone.now()) is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_start_one_training(loop: Loop) -> None:
    plan(loop, every="1 days")
    forget(loop)
    review(loop, 4, 4)

    def tick() -> None:
        scheduling.start_if_due(loop.project, timezone.now())

    together([tick] * 3, seconds=30)

    assert scheduled(loop) == 1


def test_a_cool_down_says_until_when(loop: Loop) -> None:
    plan(loop, cool_down_hours=12)
    ended(loop, timedelta(hours=2))

    (said,) = why_not(loop)

    assert "cool-down of 12 hours" in said
    assert triggers.why_not(loop.model, timezone.now() + timedelta(hours=11)) == []


def test_a_budget_of_trainings_says_when_the_next_is_free(loop: Loop) -> None:
    plan(loop, most_a_week=2)
    forget(loop)
    for days in (9, 6, 1):
        ended(loop, timedelta(days=days))

    (said,) = why_not(loop)
    (used,) = triggers.used(loop.model, timezone.now())

    assert used.words == "2 of 2 trainings of the last 7 days are used."
    assert used.free_at is not None
    assert used.free_at.date() == (timezone.now() + timedelta(days=1)).date()
    assert said.startswith(used.words)


def test_a_budget_of_hours_counts_every_training(loop: Loop) -> None:
    plan(loop, most_hours_a_month=5)
    forget(loop)
    ended(loop, timedelta(days=20), seconds=2 * 3600.0)
    assert why_not(loop) == []
    ended(loop, timedelta(days=2), seconds=4 * 3600.0, state="failed", reason="Broken.")

    (said,) = why_not(loop)

    assert "6.0 of 5 training hours of the last 30 days are used." in said


def test_an_open_gate_waits_for_the_budget_and_then_trains(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=5, usable_test=1)
    plan(loop, cool_down_hours=1)
    ended(loop, timedelta(minutes=30))
    review(loop, 8, 8)

    assert gates.look(loop.project) is None
    assert gate.checks.latest("pk").verdict == "open"
    scheduling.ask()
    work()
    assert not gate.trainings.exists()
    forget(loop)
    scheduling.ask()
    work()

    assert gate.trainings.count() == 1


def test_a_lead_may_start_one_whatever_the_budget_says(loop: Loop) -> None:
    plan(loop, most_a_week=1, cool_down_hours=9)
    ended(loop, timedelta(hours=1))
    review(loop, 4, 4)

    started = retraining.start(loop.project, by=loop.lead)

    assert started.state == State.WAITING


def test_nothing_starts_by_itself_while_a_promotion_waits(loop: Loop) -> None:
    plan(loop, every="1 days")
    forget(loop)
    review(loop, 4, 4)
    made = retraining.start(loop.project, by=loop.lead)
    work()
    made.refresh_from_db()
    promotion.propose(loop.project, made.version, by=loop.lead, reason="Try it.")
    forget(loop)

    assert scheduling.start_if_due(loop.project, timezone.now()) is None
    assert why_not(loop) == ["A promotion is not decided or carried out yet."]


def test_nothing_starts_by_itself_while_a_study_runs(loop: Loop) -> None:
    plan(loop, every="1 days")
    forget(loop)
    make_study(loop)
    forget(loop)

    assert scheduling.start_if_due(loop.project, timezone.now()) is None
    assert why_not(loop) == ["A study of the last challenger is running."]


def fail_by_itself(loop: Loop) -> None:
    ended(loop, timedelta(), state="failed", reason="No dogs.", scheduled=True)


def test_after_failures_in_a_row_none_starts_until_somebody_has_looked(
    loop: Loop,
) -> None:
    for _ in range(2):
        fail_by_itself(loop)
    assert why_not(loop) == []
    fail_by_itself(loop)

    (said,) = why_not(loop)
    triggers.looked(loop.project, loop.lead)

    assert "The last 3 trainings that started by themselves failed" in said
    assert why_not(loop) == []
    entry = AuditEntry.objects.get(action="failed trainings looked at")
    assert entry.actor == loop.lead


def test_a_person_who_tries_again_has_looked(loop: Loop) -> None:
    for _ in range(3):
        fail_by_itself(loop)
    assert why_not(loop)

    ended(loop, timedelta(), state="failed", reason="Still.", started_by=loop.lead)

    assert why_not(loop) == []


def test_a_plan_that_changes_is_audited_once(loop: Loop) -> None:
    plan(loop, every="7 days")
    plan(loop, every="7 days")

    (entry,) = AuditEntry.objects.filter(action="retraining plan changed")
    assert (entry.before, entry.after) == ({}, {"every": "7 days"})
