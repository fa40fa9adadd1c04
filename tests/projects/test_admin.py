"""The administration pages: for staff, to look at what people decided."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from projects import audit
from projects.admin import NewestRows
from projects.models import AuditEntry, Job, Project, User
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return makers.sign_in(makers.make_user("root", is_staff=True, is_superuser=True))


def url(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def test_every_list_opens(staff: Client) -> None:
    project = makers.make_project()
    audit.record("counted", project, "x", by=None)
    task = makers.make_task(project, label="cat")
    makers.make_queue_item(task=task)
    makers.make_prediction(task=task, verdict="review")
    makers.make_annotation(task)
    makers.make_gold(task)
    makers.make_token(project)

    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert staff.get(url(name)).status_code == 200, name


@pytest.mark.parametrize(
    "name",
    [
        "labeling_annotation",
        "labeling_gold",
        "labeling_task",
        "reviewer_prediction",
        "reviewer_policy",
        "projects_auditentry",
        "projects_membership",
        "projects_token",
        "projects_connection",
    ],
)
def test_labels_gold_predictions_and_the_log_are_only_looked_at(
    staff: Client, name: str
) -> None:
    project = makers.make_project()
    makers.make_member(project)
    makers.make_token(project)
    project.connections.create(name="x", kind="local")
    task = makers.make_task(project)
    makers.make_prediction(task=task, verdict="review")
    makers.make_annotation(task)
    makers.make_gold(task)
    audit.record("counted", project, "x", by=None)
    model = next(
        m
        for m in admin.site._registry
        if f"{m._meta.app_label}_{m._meta.model_name}" == name
    )
    kept = model._default_manager.first()
    assert kept is not None

    change, delete = url(f"{name}_change", kept.pk), url(f"{name}_delete", kept.pk)

    assert staff.get(change).status_code == 200
    assert staff.post(change, {}).status_code == 403
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    assert staff.get(url(f"{name}_add")).status_code == 403


def test_hashes_salts_and_secrets_are_not_on_any_page(staff: Client) -> None:
    project = makers.make_project()
    policy = makers.make_policy(project)
    token, _ = makers.make_token_row(project)

    pages = [
        staff.get(url("reviewer_policy_change", policy.pk)).content.decode(),
        staff.get(url("projects_token_change", token.pk)).content.decode(),
    ]

    assert "Salt" not in pages[0]
    assert token.hash not in pages[1]


def test_staff_sign_in_by_the_door_that_counts_wrong_passwords() -> None:
    cache.clear()

    page = Client().get("/admin/login/", {"next": "/admin/"})

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")


def test_who_is_not_staff_is_kept_out() -> None:
    owner = makers.make_member(makers.make_project(), "owner")

    answer = makers.sign_in(owner).get("/admin/", follow=True)

    assert answer.status_code == 403


def test_a_dead_letter_can_be_tried_again(staff: Client) -> None:
    job = Job.objects.create(key="k", handler="h", stream="s", state=Job.State.DEAD)

    staff.post(
        url("projects_job_changelist"),
        {"action": "try_again", "_selected_action": [job.pk]},
    )

    job.refresh_from_db()
    assert job.state == Job.State.WAITING


def test_an_account_that_is_switched_off_is_written_down(staff: Client) -> None:
    user = makers.make_user("ann")

    staff.post(url("projects_user_change", user.pk), {"username": "ann", "name": "Ann"})

    assert not User.objects.get(username="ann").is_active
    entry = AuditEntry.objects.get(action="account kept")
    assert (entry.subject, entry.actor) == ("ann", User.objects.get(username="root"))


def test_a_list_counts_no_further_than_anybody_turns_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(NewestRows, "most", 3)
    for _ in range(5):
        makers.make_project()

    assert NewestRows(Project.objects.order_by("-pk"), 2).count == 3
