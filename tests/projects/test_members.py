"""Members come by invitation, change roles, and leave."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from projects import members, worker
from projects.models import AuditEntry, Invitation, Membership, Project, Role, User
from reviewer import leasing
from reviewer.models import QueueItem
from tests import makers

pytestmark = pytest.mark.django_db


def invite(owner: User, project: Project, role: str = "reviewer") -> str:
    """The path of the link that the owner gets to see."""
    page = makers.sign_in(owner).post(
        f"/p/{project.slug}/invitations/", {"name": "Ida Reader", "role": role}
    )
    found = re.search(r"http://testserver(/invitations/[^/]+/)", page.content.decode())
    assert found, page.content.decode()
    return found.group(1)


def join(link: str, username: str = "ida") -> Client:
    client = Client()
    password = {"password": makers.PASSWORD, "again": makers.PASSWORD}
    answer = client.post(link, {"username": username, **password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def membership_of(user: User, project: Project) -> Membership:
    return Membership.objects.active().get(user=user, project=project)


def test_who_is_invited_makes_an_account_and_is_signed_in() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)

    client = join(invite(owner, project, "adjudicator"), "Ida")

    ida = User.objects.get(username="ida")
    assert membership_of(ida, project).role == Role.ADJUDICATOR
    assert ida.name == "Ida Reader"
    assert client.get(f"/p/{project.slug}/members/").status_code == 200


def test_an_invitation_works_once() -> None:
    project = makers.make_project()
    link = invite(makers.make_member(project, Role.OWNER), project)
    join(link)

    again = Client().get(link)

    assert again.status_code == 410
    assert "no longer works" in again.content.decode()


def test_an_invitation_ends_after_seven_days() -> None:
    project = makers.make_project()
    link = invite(makers.make_member(project, Role.OWNER), project)

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        answer = Client().get(link)

    assert answer.status_code == 410


def test_an_invitation_can_be_withdrawn() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)
    link = invite(owner, project)

    makers.sign_in(owner).post(
        f"/p/{project.slug}/invitations/{Invitation.objects.get().pk}/withdraw/"
    )

    assert Client().get(link).status_code == 410


def test_somebody_with_an_account_joins_with_it() -> None:
    project = makers.make_project()
    link = invite(makers.make_member(project, Role.OWNER), project)
    reader = makers.make_user("reader")

    answer = makers.sign_in(reader).post(link)

    assert answer["Location"] == f"/p/{project.slug}/"
    assert membership_of(reader, project).role == Role.REVIEWER


def test_a_member_who_is_invited_again_does_not_use_the_invitation_up() -> None:
    project = makers.make_project()
    link = invite(makers.make_member(project, Role.OWNER), project, "owner")
    reviewer = makers.make_member(project)

    answer = makers.sign_in(reviewer).post(link)

    assert answer.status_code == 409
    assert membership_of(reviewer, project).role == Role.REVIEWER
    assert Invitation.objects.get().accepted_by is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "service:x:y"}, "letters, digits"),
        ({"username": "a@b.org"}, "letters, digits"),
        ({"username": "taken"}, "Choose another name"),
        ({"username": "TAKEN"}, "Choose another name"),
        ({"password": "12345678", "again": "12345678"}, "entirely numeric"),
        ({"again": "something else"}, "passwords differ"),
    ],
)
def test_an_account_that_cannot_be_made_is_told_why(
    given: dict[str, str], said: str
) -> None:
    makers.make_user("taken")
    project = makers.make_project()
    link = invite(makers.make_member(project, Role.OWNER), project)
    password = {"password": makers.PASSWORD, "again": makers.PASSWORD}

    answer = Client().post(link, {"username": "ida", **password, **given})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Invitation.objects.get().accepted_by is None


def test_who_leaves_gives_tasks_back_and_answers_stay() -> None:
    project = makers.make_project()
    owner, reviewer = (
        makers.make_member(project, Role.OWNER),
        makers.make_member(project),
    )
    answered = makers.make_annotation(author=reviewer)
    item = makers.make_queue_item(makers.make_queue(project))
    leasing.take(item.queue, reviewer, 1, at=timezone.now())
    pk = membership_of(reviewer, project).pk

    makers.sign_in(owner).post(f"/p/{project.slug}/members/{pk}/end/")
    worker.drain()

    item.refresh_from_db()
    assert item.state == QueueItem.State.OPEN
    assert reviewer.annotations.get() == answered


def test_who_leaves_loses_open_pages_and_tokens_at_once() -> None:
    project = makers.make_project()
    makers.make_member(project, Role.OWNER)
    lead = makers.make_member(project, Role.LEAD)
    secret = makers.make_token(project, Role.LEAD, lead)
    browser = makers.sign_in(lead)
    assert browser.get(f"/p/{project.slug}/settings/").status_code == 200

    members.end(membership_of(lead, project), by=lead)

    assert browser.get(f"/p/{project.slug}/settings/").status_code == 404
    answer = Client().get("/api/schema", headers=makers.bearer(secret))
    assert answer.status_code == 401


def test_the_last_owner_cannot_leave() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)
    pk = membership_of(owner, project).pk
    browser = makers.sign_in(owner)

    left = browser.post(f"/p/{project.slug}/members/{pk}/end/")
    lowered = browser.post(f"/p/{project.slug}/members/{pk}/role/", {"role": "lead"})

    assert (left.status_code, lowered.status_code) == (409, 409)
    assert "last owner" in left.content.decode()
    assert membership_of(owner, project).role == Role.OWNER


def test_an_owner_may_leave_when_there_is_another() -> None:
    project = makers.make_project()
    owner, other = (
        makers.make_member(project, Role.OWNER),
        makers.make_member(project, "owner"),
    )

    members.end(membership_of(owner, project), by=owner)

    assert [each.user for each in members.of(project)] == [other]


def test_a_changed_role_holds_at_once_and_is_written_down() -> None:
    project = makers.make_project()
    owner, lead = (
        makers.make_member(project, Role.OWNER),
        makers.make_member(project, "lead"),
    )
    pk = membership_of(lead, project).pk
    browser = makers.sign_in(lead)

    makers.sign_in(owner).post(
        f"/p/{project.slug}/members/{pk}/role/", {"role": "reviewer"}
    )

    assert browser.get(f"/p/{project.slug}/audit/").status_code == 403
    entry = AuditEntry.objects.get(action="role changed")
    assert (entry.actor, entry.before, entry.after) == (
        owner,
        {"role": "lead"},
        {"role": "reviewer"},
    )


def test_who_was_lowered_gives_tasks_back() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)
    expert = makers.make_member(project, Role.ADJUDICATOR)
    item = makers.make_queue_item(makers.make_queue(project, purpose="adjudication"))
    leasing.take(item.queue, expert, 1, at=timezone.now())

    members.change_role(membership_of(expert, project), "reviewer", by=owner)
    worker.drain()

    item.refresh_from_db()
    assert item.state == QueueItem.State.OPEN


def test_an_owner_who_leaves_cannot_come_back_by_an_own_invitation() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, Role.OWNER)
    makers.make_member(project, Role.OWNER)
    link = invite(owner, project, "owner")

    members.end(membership_of(owner, project), by=owner)

    assert Client().get(link).status_code == 410


def test_a_person_cannot_get_the_role_of_an_endpoint() -> None:
    project = makers.make_project()
    owner, reviewer = makers.make_member(project, "owner"), makers.make_member(project)
    pk = membership_of(reviewer, project).pk

    answer = makers.sign_in(owner).post(
        f"/p/{project.slug}/members/{pk}/role/", {"role": "endpoint"}
    )

    assert answer.status_code == 422
    assert membership_of(reviewer, project).role == Role.REVIEWER
