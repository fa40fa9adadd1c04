"""The page that withdraws a person's answers, and what the trainings page says of its plan."""

from __future__ import annotations

import re
from typing import Any

from projects import worker
from registry_bridge import plans, snapshots, triggers
from registry_bridge.models import Snapshot, Training
from reviewer.models import Withdrawal
from tests import makers
from tests.registry_bridge.makers import Loop, make_model, work
from tests.reviewer.test_withdrawing import Desk, make_desk


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def frozen_desk() -> Desk:
    """Ann settled two tasks alone, and they were frozen."""
    desk = make_desk(overlap=1, max_overlap=1)
    make_model(desk.project)
    for _ in range(2):
        desk.task((desk.ann, "dog"))
    snapshots.freeze(desk.project)
    return desk


def url(desk: Desk, path: str = "") -> str:
    return f"/p/{desk.project.slug}/reviewers/{desk.ann.pk}/withdrawal/{path}"


def test_a_lead_sees_what_would_change_and_then_withdraws(world: Any, db: None) -> None:
    desk = frozen_desk()
    client = makers.sign_in(desk.lead)

    before = read(client.get(url(desk)))
    said = read(
        client.post(
            url(desk, "start/"), {"reason": "Guessed.", "sure": "1"}, follow=True
        )
    )
    work()
    after = read(client.get(url(desk)))

    assert "2 answers count no more" in before
    assert "2 go back to their queue, without a value until then" in before
    assert "1 snapshot holds rows that rest on them." in before
    assert f"The answers of {desk.ann} are being withdrawn." in said
    assert "No answer of this person counts" in after
    assert "Guessed." in after


def test_the_new_snapshot_says_what_is_different(world: Any, db: None) -> None:
    desk = frozen_desk()
    desk.task((desk.bob, "cat"))
    desk.withdraw(desk.ann)
    client = makers.sign_in(desk.lead)

    said = read(client.post(f"/p/{desk.project.slug}/snapshots/freeze/", follow=True))

    assert "2 rows are gone, 1 are new and 0 have another value." in said
    newest = Snapshot.objects.filter(project=desk.project).latest("pk")
    page = read(client.get(f"/p/{desk.project.slug}/snapshots/{newest.pk}/"))
    assert "Rows that are gone" in page


def test_without_the_tick_or_a_reason_nothing_is_withdrawn(db: None) -> None:
    desk = make_desk()
    desk.task((desk.ann, "cat"))
    client = makers.sign_in(desk.lead)

    for body in ({"reason": "Guessed."}, {"sure": "1"}, {"reason": "x", "since": "?"}):
        client.post(url(desk, "start/"), body)

    assert not Withdrawal.objects.exists()


def test_the_second_lead_is_told_that_it_is_under_way(db: None) -> None:
    desk = make_desk()
    desk.task((desk.ann, "cat"))
    body = {"reason": "Guessed.", "sure": "1"}
    makers.sign_in(desk.lead).post(url(desk, "start/"), body)
    other = makers.make_member(desk.project, "lead")

    said = read(makers.sign_in(other).post(url(desk, "start/"), body, follow=True))

    assert "Answers of this person are being withdrawn" in said
    worker.drain()
    assert Withdrawal.objects.get().asked_by == desk.lead


def test_the_plan_of_trainings_is_shown_and_changed(loop: Loop) -> None:
    client, page = makers.sign_in(loop.lead), f"/p/{loop.project.slug}/trainings/"

    body = {"schedule": "monday", "hour": "3", "most_a_week": "1", "new_rows": "50"}
    client.post(f"{page}plan/", body)
    found = read(client.get(page))

    loop.model.refresh_from_db()
    assert plans.of(loop.model) == plans.Plan(
        weekday=0, hour=3, new_rows=50, most_a_week=1
    )
    assert "Mondays, 3:00 UTC" in found
    assert "1 of 1 trainings of the last 7 days are used. The next may start" in found


def test_what_the_form_cannot_mean_changes_nothing(loop: Loop) -> None:
    client, page = makers.sign_in(loop.lead), f"/p/{loop.project.slug}/trainings/"

    for body in (
        {"schedule": "days", "days": "0"},
        {"schedule": "someday", "hour": "3"},
        {"schedule": "", "most_a_week": "-1"},
    ):
        client.post(f"{page}plan/", body)

    loop.model.refresh_from_db()
    assert loop.model.retraining == {}


def test_failures_in_a_row_are_shown_with_their_log_until_somebody_looked(
    loop: Loop,
) -> None:
    for n in range(triggers.MOST_FAILURES):
        Training.objects.create(
            project=loop.project,
            attempt=n + 9,
            job_name=f"broken-{n}",
            state="failed",
            reason="No dogs.",
            log_tail="KeyError: 'dog'",
            scheduled=True,
            ended_at=loop.model.created_at,
        )
    client, page = makers.sign_in(loop.lead), f"/p/{loop.project.slug}/trainings/"

    found = read(client.get(page))
    client.post(f"{page}looked/")
    after = read(client.get(page))

    assert "Trainings keep failing." in found
    assert "KeyError: &#x27;dog&#x27;" in found
    assert "Try again" in found
    assert "Trainings keep failing." not in after
