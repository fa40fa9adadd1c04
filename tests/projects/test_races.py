"""Two people at the same moment: the promises hold for both."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from projects import invitations, members
from projects.models import Membership, Project
from projects.refused import Refused
from registry_bridge import applying, project_file
from reviewer.models import Policy
from tests import makers

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Run each in a thread and a connection of its own, all from one start."""
    start = threading.Barrier(len(acts))
    said: list[Exception | None] = [None] * len(acts)

    def run(at: int) -> None:
        start.wait(timeout=10)
        try:
            acts[at]()
        except Refused as refused:
            said[at] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[at]) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return said


def test_two_owners_who_leave_at_the_same_time_leave_one_behind() -> None:
    project = makers.make_project()
    ann, bob = (
        makers.make_member(project, "owner"),
        makers.make_member(project, "owner"),
    )
    first, second = Membership.objects.filter(project=project)

    said = at_once(
        lambda: members.end(first, by=ann), lambda: members.end(second, by=bob)
    )

    assert [type(each) for each in said if each] == [members.LastOwner]
    assert Membership.objects.active().count() == 1


def test_one_invitation_makes_one_member_when_two_press_at_the_same_time() -> None:
    project = makers.make_project()
    owner = makers.make_member(project, "owner")
    _, code = invitations.invite(project, name="x", role="lead", by=owner)
    ann, bob = makers.make_user("ann"), makers.make_user("bob")

    def accept(username: str) -> None:
        user = {"ann": ann, "bob": bob}[username]
        invitations.accept_as(invitations.find(code, at=timezone.now()), user)

    said = at_once(lambda: accept("ann"), lambda: accept("bob"))

    assert len([each for each in said if each]) == 1
    assert Membership.objects.active().filter(project=project).count() == 2


def test_a_file_applied_twice_at_the_same_time_makes_one_project() -> None:
    text = "project: {slug: pets}\npolicy: {audit: 0.5}\n"
    file = project_file.read(text)

    said = at_once(
        lambda: applying.apply(file, None), lambda: applying.apply(file, None)
    )

    assert said == [None, None]
    assert Project.objects.filter(slug="pets").count() == 1
    assert Policy.objects.count() == 1
